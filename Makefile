# Every target goes through npm, which puts the pinned Node.js (node_modules/.bin/node) first on PATH.
.DEFAULT_GOAL := help
.PHONY: help up down reset logs import demo audit test faults soak kubernetes test-kubernetes image cluster cluster-down deploy undeploy e2e bench bench-restock lint types format contracts generate reference check

INSTALLED := node_modules/.package-lock.json
GENERATED := proto/gen/descriptor.binpb
PROTOS := $(shell find proto -name '*.proto' -not -path '*/node_modules/*')
LOCAL := npm run --silent local --
# What stops a shop installs nothing anew: that would take the modules from under what runs.
ONCE_INSTALLED := $(if $(wildcard $(INSTALLED)),,$(INSTALLED))
# Where `make up` has left how to reach the shop; without TRADEWIND_DIR the command finds it by itself.
PROFILE := $(if $(TRADEWIND_DIR),--profile '$(TRADEWIND_DIR)/profile.json')

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(GENERATED) ## start the whole shop on this machine, then Kubernetes (ARGS=--detach, ARGS=--no-kubernetes)
	@$(LOCAL) up $(ARGS)

down: $(ONCE_INSTALLED) ## stop the shop
	@$(LOCAL) down

reset: $(ONCE_INSTALLED) ## stop the shop and remove its data (ARGS=--yes does not ask)
	@$(LOCAL) reset $(ARGS)

logs: $(ONCE_INSTALLED) ## show the logs (NAME=order for one part, ARGS=-f to follow)
	@$(LOCAL) logs $(NAME) $(ARGS)

import: $(GENERATED) ## import a catalogue into the running shop (FILE=products.csv, ARGS='--currency EUR')
	@test -n '$(FILE)' || { echo 'Name the file: make import FILE=products.csv'; exit 1; }
	@npx --no-install tradewind import $(PROFILE) $(ARGS) '$(FILE)'

demo: $(GENERATED) ## let a customer go through the running shop: search, order, mail, cancel (ARGS=--restock)
	@npx --no-install tradewind demo $(PROFILE) $(ARGS)

audit: $(GENERATED) ## prove that the books of the running shop are right (ARGS='--settle-ms 5000')
	@npx --no-install tradewind audit $(PROFILE) $(ARGS)

test: $(GENERATED) ## run all tests (FILE=services/order for a part, NAME='stock returns' for one, ARGS= for vitest)
	@npm run --silent test -- $(FILE) $(if $(NAME),-t '$(NAME)') $(ARGS)

faults: $(GENERATED) ## break everything under load, and prove that no order was lost (FILE=, NAME= and ARGS= as for test)
	@npm run --silent faults -- $(FILE) $(if $(NAME),-t '$(NAME)') $(ARGS)

soak: $(GENERATED) ## the same for longer, with ORDERS=100000
	@ORDERS=$(or $(ORDERS),100000) npm run --silent faults -- e2e/faults/platform --reporter=verbose $(ARGS)

kubernetes: $(GENERATED) ## get etcd, kube-apiserver, kubectl and helm, and wait; what is missing is built from source, once (NODE=1: also for make cluster)
	@$(LOCAL) kubernetes $(if $(filter 1,$(NODE)),--node)

test-kubernetes: kubernetes ## test the restock controller and the Helm chart on a real API server
	@npm run --silent test:kubernetes -- $(FILE) $(ARGS)

image: $(GENERATED) ## build the image of all processes, with Docker or without
	@$(LOCAL) image

cluster: $(GENERATED) ## start a Kubernetes that runs pods: kind, or a node without Docker (Linux, root)
	@$(LOCAL) cluster

cluster-down: $(ONCE_INSTALLED) ## stop it, and remove everything that is in it
	@$(LOCAL) cluster-down

deploy: $(GENERATED) ## image, cluster, helm install: the shop on Kubernetes, and its URL
	@$(LOCAL) deploy

undeploy: $(ONCE_INSTALLED) ## remove the shop from it; its data stays until make cluster-down
	@$(LOCAL) undeploy

e2e: $(GENERATED) ## the life of a release on that Kubernetes: install, upgrade, kill, remove (FILE=, NAME=)
	@npm run --silent e2e -- $(FILE) $(if $(NAME),-t '$(NAME)') $(ARGS)

bench: $(GENERATED) ## measure against bare servers (ARGS=--help)
	@npm run --silent bench -- $(ARGS)

bench-restock: $(GENERATED) ## measure the restock controller beside one in Go (ARGS=--help)
	@npm run --silent bench:restock -- $(ARGS)

lint: $(GENERATED) ## check the code with eslint
	@npm run --silent lint

types: $(GENERATED) ## check the types
	@npm run --silent types

format: $(INSTALLED) ## format everything
	@npm run --silent format

contracts: $(INSTALLED) ## lint the protos and compare them with the committed baseline
	@npm run --silent contracts

generate: $(INSTALLED) ## generate code from the protos
	@npm run --silent generate

reference: $(INSTALLED) ## write what is made from others: the reference page of ProductRestock, and parts of the Helm chart
	@npm run --silent reference

check: lint types contracts ## all checks that run nothing
	@npm run --silent format:check

$(INSTALLED): package-lock.json
	@command -v npm > /dev/null || { echo 'npm is missing: install Node.js 20 or newer, which brings it.'; exit 1; }
	@echo 'Installing the packages (npm ci)'
	@npm ci --loglevel=error
	@touch $@

$(GENERATED): $(INSTALLED) $(PROTOS) buf.gen.yaml
	@npm run --silent generate
	@touch $@
