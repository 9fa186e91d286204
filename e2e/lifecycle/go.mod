module seaworthy.dev/e2e/lifecycle

go 1.26.0
