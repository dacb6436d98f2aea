// The restock controller as one would write it in Go with controller-runtime, as small as the benchmark allows: what
// the project's own controller is measured against.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strconv"

	"github.com/go-logr/logr"
	"github.com/nats-io/nats.go"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

func main() {
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewJSONHandler(os.Stdout, nil)))
	if err := run(ctrl.SetupSignalHandler()); err != nil {
		ctrl.Log.Error(err, "ended")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	mgr, err := newManager()
	if err != nil {
		return err
	}
	stock, connection, err := dialInventory(os.Getenv("INVENTORY_SERVICE"), os.Getenv("SERVICE_KEY"))
	if err != nil {
		return err
	}
	defer connection.Close()
	bus, err := nats.Connect(os.Getenv("NATS_URL"), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer bus.Close()
	woken := make(chan event.GenericEvent)
	if err := mgr.Add(&Levels{NATS: bus, Cache: mgr.GetCache(), Woken: woken}); err != nil {
		return err
	}
	if err := addController(ctx, mgr, stock, woken); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func newManager() (manager.Manager, error) {
	scheme := runtime.NewScheme()
	if err := schemeBuilder.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	// The API server's own fairness limits what it is asked.
	config.QPS = -1
	ready := &readiness{}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		LeaderElection:                true,
		LeaderElectionID:              os.Getenv("LEASE_NAME"),
		LeaderElectionNamespace:       os.Getenv("POD_NAMESPACE"),
		LeaderElectionReleaseOnCancel: true,
		Metrics: server.Options{
			BindAddress:   "127.0.0.1:" + os.Getenv("METRICS_PORT"),
			ExtraHandlers: map[string]http.Handler{"/readyz": ready},
		},
	})
	if err != nil {
		return nil, err
	}
	ready.cache = mgr.GetCache()
	return mgr, nil
}

func addController(ctx context.Context, mgr manager.Manager, stock *inventoryClient, woken chan event.GenericEvent) error {
	bySKU := func(object client.Object) []string { return []string{object.(*ProductRestock).Spec.SKU} }
	if err := mgr.GetFieldIndexer().IndexField(ctx, &ProductRestock{}, skuIndex, bySKU); err != nil {
		return err
	}
	workers, err := strconv.Atoi(os.Getenv("RESTOCK_WORKERS"))
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&ProductRestock{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(source.Channel(woken, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(&Reconciler{
			Client:    mgr.GetClient(),
			Inventory: stock,
			Recorder:  mgr.GetEventRecorderFor("restock-controller"), //nolint:staticcheck // The same API of events as the other.
		})
}

// readiness answers 200 once the informer has listed everything.
type readiness struct {
	cache cache.Cache
}

func (r *readiness) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if !r.cache.WaitForCacheSync(request.Context()) {
		response.WriteHeader(http.StatusServiceUnavailable)
	}
}
