package main

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	inventory "tradewind.dev/bench/restock/comparator/gen/tradewind/inventory/v1"
)

const callTimeout = 5 * time.Second

// inventoryClient makes the calls of the inventory service that a reconcile needs, one by one.
type inventoryClient struct {
	products inventory.ProductServiceClient
	stock    inventory.InventoryServiceClient
}

// dialInventory identifies the caller in every call, and gives every call a deadline.
func dialInventory(target, key string) (*inventoryClient, *grpc.ClientConn, error) {
	identify := func(
		ctx context.Context, method string, request, reply any, connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		ctx = metadata.AppendToOutgoingContext(ctx, "tradewind-caller", "restock-controller", "tradewind-caller-key", key)
		return invoke(ctx, method, request, reply, connection, options...)
	}
	connection, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(identify))
	if err != nil {
		return nil, nil, err
	}
	return &inventoryClient{
		products: inventory.NewProductServiceClient(connection),
		stock:    inventory.NewInventoryServiceClient(connection),
	}, connection, nil
}

// product returns nil for an SKU that nothing has.
func (c *inventoryClient) product(ctx context.Context, sku string) (*inventory.Product, error) {
	answer, err := c.products.GetProducts(ctx, &inventory.GetProductsRequest{Skus: []string{sku}})
	if err != nil || len(answer.Products) == 0 {
		return nil, err
	}
	return answer.Products[0], nil
}

// counter returns nil for a source that has done nothing yet.
func (c *inventoryClient) counter(ctx context.Context, source string) (*inventory.RestockCounter, error) {
	answer, err := c.stock.GetRestockCounters(ctx, &inventory.GetRestockCountersRequest{Sources: []string{source}})
	if err != nil || len(answer.Counters) == 0 {
		return nil, err
	}
	return answer.Counters[0], nil
}
