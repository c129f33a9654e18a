"""Reports, timelines and tables in each format: terminal, JSON, HTML. Pure: data in, text out."""
