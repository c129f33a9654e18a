"""Is this town ready? The State's ten steps, what proves each, which comes next and who must act."""
