module seaworthy.dev/e2e/answers

go 1.26.0
