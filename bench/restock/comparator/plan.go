package main

import (
	inventory "tradewind.dev/bench/restock/comparator/gen/tradewind/inventory/v1"
)

// sourceOf names whose counter in inventory it is.
func sourceOf(restock *ProductRestock) string {
	if restock.Spec.Reference != "" {
		return "ref:" + restock.Namespace + "/" + restock.Spec.Reference
	}
	return "uid:" + string(restock.UID)
}

// due returns what to ask inventory for now, nil when there is nothing to be done.
func due(restock *ProductRestock, product *inventory.Product, counter *inventory.RestockCounter) *inventory.AdjustStockRequest {
	spec := restock.Spec
	if spec.Suspend {
		return nil
	}
	intent := &inventory.RestockIntent{Source: sourceOf(restock)}
	switch {
	case spec.Trigger.Threshold != nil:
		below := spec.Trigger.Threshold.Below
		if product.OnHand >= below {
			return nil
		}
		intent.Trigger = &inventory.RestockIntent_Number{Number: counter.GetTriggers() + 1}
		intent.OnlyIfBelow = &below
	case counter != nil:
		return nil
	default:
		intent.Trigger = &inventory.RestockIntent_Once{Once: &inventory.OnceTrigger{}}
	}
	request := &inventory.AdjustStockRequest{ProductId: product.Id, Reason: spec.Reason, Intent: intent}
	if spec.UpTo > 0 {
		request.Change = &inventory.AdjustStockRequest_UpTo{UpTo: spec.UpTo}
	} else {
		request.Change = &inventory.AdjustStockRequest_Delta{Delta: spec.Quantity}
	}
	return request
}
