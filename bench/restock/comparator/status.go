package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	inventory "tradewind.dev/bench/restock/comparator/gen/tradewind/inventory/v1"
)

// stalled is the status of a resource that inventory refuses, for the reason given.
func stalled(restock *ProductRestock, reason, message string) RestockStatus {
	status := described(restock)
	status.Phase = "Stalled"
	setCondition(&status, restock, "Ready", metav1.ConditionFalse, reason, message)
	setCondition(&status, restock, "Stalled", metav1.ConditionTrue, reason, message)
	return status
}

// settled is the status of a resource that has done what it had to do.
func settled(restock *ProductRestock, counter *inventory.RestockCounter) RestockStatus {
	status := described(restock)
	meta.RemoveStatusCondition(&status.Conditions, "Stalled")
	if counter != nil {
		at := metav1.NewTime(counter.LastAt.AsTime())
		status.LastRestockTime = &at
		status.Restocks = counter.Restocks
		status.UnitsAdded = counter.Units
		if last := counter.LastMovement; last != nil {
			after := int64(last.Balance)
			status.StockAfter = &after
			status.LastMovementID = fmt.Sprintf("%s:%d", last.ProductId, last.Sequence)
		}
	}
	switch {
	case restock.Spec.Trigger.Threshold == nil && counter != nil:
		status.Phase = "Finished"
		status.FinishedTime = status.LastRestockTime
		message := fmt.Sprintf("added %d units", counter.Units)
		setCondition(&status, restock, "Ready", metav1.ConditionTrue, "Restocked", message)
	case restock.Spec.Suspend:
		status.Phase = "Suspended"
		setCondition(&status, restock, "Ready", metav1.ConditionTrue, "Suspended", "does nothing while suspend is true")
	default:
		status.Phase = "Waiting"
		setCondition(&status, restock, "Ready", metav1.ConditionTrue, "Waiting", "waits until the stock falls")
	}
	return status
}

// described starts from the present status, whose conditions know since when they hold.
func described(restock *ProductRestock) RestockStatus {
	spec, status := restock.Spec, restock.Status.deepCopy()
	status.ObservedGeneration = restock.Generation
	status.Trigger = "immediate"
	if spec.Trigger.Threshold != nil {
		status.Trigger = fmt.Sprintf("below %d", spec.Trigger.Threshold.Below)
	}
	status.Quantity = fmt.Sprint(spec.Quantity)
	if spec.UpTo > 0 {
		status.Quantity = fmt.Sprintf("up to %d", spec.UpTo)
	}
	return status
}

func setCondition(
	status *RestockStatus, restock *ProductRestock, kind string, value metav1.ConditionStatus, reason, message string,
) {
	meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type: kind, Status: value, Reason: reason, Message: message, ObservedGeneration: restock.Generation,
	})
}
