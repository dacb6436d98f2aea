package main

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	inventory "tradewind.dev/bench/restock/comparator/gen/tradewind/inventory/v1"
)

const fieldManager = "restock-controller"

// Reconciler restocks for one resource at a time. It reads the resource from the informer's cache, and asks inventory
// for this one alone: calls are not shared between concurrent reconciles.
type Reconciler struct {
	client.Client
	Inventory *inventoryClient
	Recorder  record.EventRecorder
}

func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var restock ProductRestock
	if err := r.Get(ctx, request.NamespacedName, &restock); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !restock.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	product, err := r.Inventory.product(ctx, restock.Spec.SKU)
	if err != nil {
		return ctrl.Result{}, err
	}
	if product == nil {
		return ctrl.Result{}, r.writeStatus(ctx, &restock, stalled(&restock, "UnknownSKU", "no product has this SKU"))
	}
	counter, err := r.Inventory.counter(ctx, sourceOf(&restock))
	if err != nil {
		return ctrl.Result{}, err
	}
	if intent := due(&restock, product, counter); intent != nil {
		answer, err := r.Inventory.stock.AdjustStock(ctx, intent)
		if reason := refusal(err); reason != "" {
			return ctrl.Result{}, r.writeStatus(ctx, &restock, stalled(&restock, reason, status.Convert(err).Message()))
		}
		if err != nil {
			return ctrl.Result{}, err
		}
		counter = answer.Counter
		r.tell(&restock, answer)
	}
	return ctrl.Result{}, r.writeStatus(ctx, &restock, settled(&restock, counter))
}

// refusal returns a reason when trying again does not help.
func refusal(err error) string {
	switch status.Code(err) {
	case codes.NotFound:
		return "ProductArchived"
	case codes.AlreadyExists, codes.FailedPrecondition, codes.InvalidArgument, codes.PermissionDenied:
		return "Refused"
	default:
		return ""
	}
}

func (r *Reconciler) tell(restock *ProductRestock, answer *inventory.AdjustStockResponse) {
	movement := answer.Movement
	if answer.Outcome != inventory.RestockOutcome_RESTOCK_OUTCOME_ANSWERED || movement == nil {
		return
	}
	r.Recorder.Eventf(restock, corev1.EventTypeNormal, "Restocked",
		"added %d units; %d are on hand", movement.Quantity, answer.OnHand)
}

// writeStatus applies the whole status, and only when it has changed.
func (r *Reconciler) writeStatus(ctx context.Context, restock *ProductRestock, wanted RestockStatus) error {
	if equality.Semantic.DeepEqual(wanted, restock.Status) {
		return nil
	}
	applied := &ProductRestock{
		TypeMeta: metav1.TypeMeta{APIVersion: groupVersion.String(), Kind: "ProductRestock"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: restock.Namespace, Name: restock.Name, ResourceVersion: restock.ResourceVersion,
		},
		Status: wanted,
	}
	//nolint:staticcheck // Apply of typed objects without generated apply configurations.
	err := r.Status().Patch(ctx, applied, client.Apply, client.FieldOwner(fieldManager), client.ForceOwnership)
	return client.IgnoreNotFound(err)
}
