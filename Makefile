# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
