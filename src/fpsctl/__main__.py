"""`python -m fpsctl` is the same program as `fpsctl`."""

from fpsctl.cli.app import main

raise SystemExit(main())
