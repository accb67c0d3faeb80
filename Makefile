# The commands of the house. What each does stands in scripts/, so that it can be read, and run in part, without make.

.PHONY: build run test bench bench-events chaos scale lint gen web clean help

build: ## build bin/gatepost, the console inside
	@scripts/setup.sh run
	@scripts/build.sh

run: build ## start a platform with a demo company in .data/demo
	@bin/gatepost up --demo --data .data/demo

test: ## run every check; "make test STEPS='unit e2e'" runs just these
	@scripts/test.sh $(STEPS)

bench: ## measure, and print the tables of docs/benchmarks.md
	@scripts/bench.sh $(PARTS)

bench-events: ## measure the way out alone, beside River and a bare POST
	@scripts/bench.sh events

chaos: ## kill nodes, databases and connections under 100,000 events, and count what arrived
	@scripts/chaos.sh

scale: ## break three nodes under load, and print the tables of docs/design/009-scale.md
	@scripts/scale.sh

lint: ## run the linters
	@scripts/test.sh setup lint

gen: ## rewrite every generated and golden file
	@scripts/gen.sh

web: ## build the console alone
	@scripts/setup.sh run
	@scripts/web.sh

clean: ## remove what was built and the demo's data
	rm -rf bin/gatepost .data
	find web/dist -mindepth 1 ! -name .gitkeep -delete

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
