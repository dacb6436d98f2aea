package main

import (
	"context"
	"encoding/json"

	"github.com/nats-io/nats.go"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

const skuIndex = "spec.sku"

// Levels wakes the resources of a product when its stock falls below their threshold, and those that something stalled.
type Levels struct {
	NATS  *nats.Conn
	Cache client.Reader
	Woken chan event.GenericEvent
}

type level struct {
	SKU    string `json:"sku"`
	OnHand int32  `json:"on_hand"`
}

// Start listens until the context ends.
func (l *Levels) Start(ctx context.Context) error {
	subscription, err := l.NATS.Subscribe("stock.level.*", func(message *nats.Msg) {
		if err := l.hear(ctx, message.Data); err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "a level was not understood")
		}
	})
	if err != nil {
		return err
	}
	defer func() { _ = subscription.Unsubscribe() }()
	<-ctx.Done()
	return nil
}

func (l *Levels) hear(ctx context.Context, data []byte) error {
	var heard level
	if err := json.Unmarshal(data, &heard); err != nil {
		return err
	}
	var restocks ProductRestockList
	if err := l.Cache.List(ctx, &restocks, client.MatchingFields{skuIndex: heard.SKU}); err != nil {
		return err
	}
	for i := range restocks.Items {
		restock := &restocks.Items[i]
		threshold := restock.Spec.Trigger.Threshold
		if threshold != nil && heard.OnHand < threshold.Below || restock.Status.Phase == "Stalled" {
			select {
			case l.Woken <- event.GenericEvent{Object: restock}:
			case <-ctx.Done():
			}
		}
	}
	return nil
}
