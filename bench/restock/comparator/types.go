package main

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

var (
	groupVersion  = schema.GroupVersion{Group: "inventory.tradewind.dev", Version: "v1alpha1"}
	schemeBuilder = (&scheme.Builder{GroupVersion: groupVersion}).Register(&ProductRestock{}, &ProductRestockList{})
)

// ProductRestock has of the resource what the benchmark needs: no schedules, limits and deletion.
type ProductRestock struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   RestockSpec   `json:"spec,omitzero"`
	Status RestockStatus `json:"status,omitzero"`
}

type ProductRestockList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ProductRestock `json:"items"`
}

type RestockSpec struct {
	SKU       string         `json:"sku"`
	Trigger   RestockTrigger `json:"trigger"`
	Quantity  int32          `json:"quantity,omitempty"`
	UpTo      int32          `json:"upTo,omitempty"`
	Reference string         `json:"reference,omitempty"`
	Suspend   bool           `json:"suspend,omitempty"`
	Reason    string         `json:"reason,omitempty"`
}

type RestockTrigger struct {
	Immediate *struct{}         `json:"immediate,omitempty"`
	Threshold *RestockThreshold `json:"threshold,omitempty"`
}

type RestockThreshold struct {
	Below int32 `json:"below"`
}

type RestockStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Phase              string             `json:"phase,omitempty"`
	Trigger            string             `json:"trigger,omitempty"`
	Quantity           string             `json:"quantity,omitempty"`
	Restocks           int64              `json:"restocks"`
	UnitsAdded         int64              `json:"unitsAdded"`
	LastRestockTime    *metav1.Time       `json:"lastRestockTime,omitempty"`
	LastMovementID     string             `json:"lastMovementId,omitempty"`
	StockAfter         *int64             `json:"stockAfter,omitempty"`
	FinishedTime       *metav1.Time       `json:"finishedTime,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

func (r *ProductRestock) DeepCopyObject() runtime.Object { return r.deepCopy() }

func (l *ProductRestockList) DeepCopyObject() runtime.Object {
	out := &ProductRestockList{TypeMeta: l.TypeMeta, ListMeta: *l.ListMeta.DeepCopy()}
	out.Items = make([]ProductRestock, len(l.Items))
	for i := range l.Items {
		out.Items[i] = *l.Items[i].deepCopy()
	}
	return out
}

func (r *ProductRestock) deepCopy() *ProductRestock {
	out := &ProductRestock{TypeMeta: r.TypeMeta, ObjectMeta: *r.ObjectMeta.DeepCopy(), Spec: r.Spec}
	out.Spec.Trigger.Immediate = copyOf(r.Spec.Trigger.Immediate)
	out.Spec.Trigger.Threshold = copyOf(r.Spec.Trigger.Threshold)
	out.Status = r.Status.deepCopy()
	return out
}

func (s *RestockStatus) deepCopy() RestockStatus {
	out := *s
	out.LastRestockTime = s.LastRestockTime.DeepCopy()
	out.FinishedTime = s.FinishedTime.DeepCopy()
	out.StockAfter = copyOf(s.StockAfter)
	// A condition has no pointers.
	out.Conditions = slices.Clone(s.Conditions)
	return out
}

func copyOf[T any](value *T) *T {
	if value == nil {
		return nil
	}
	out := *value
	return &out
}
