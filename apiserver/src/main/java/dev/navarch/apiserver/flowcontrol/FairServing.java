package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.storage.Store;
import dev.navarch.time.SystemTime;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;

/**
 * API priority and fairness of one server: the control, the objects that it goes by, and who keeps these.
 *
 * <p>Seats are held and waited for by the machine's time, whatever clock the cluster goes by: what is shared is the work of
 * this machine.
 */
public final class FairServing implements AutoCloseable {
    private final SystemTime seatTime = new SystemTime();
    private final FlowControl control;
    private final FlowObjects objects;
    private final FlowConfiguration configuration;

    /** @param seats that there are for requests */
    public FairServing(int seats, Store store, OwnRequests requests, TimeSource time) {
        control = new FlowControl(store, seats, seatTime);
        objects = new FlowObjects(store, requests, time);
        configuration = new FlowConfiguration(control, store, requests, time);
    }

    public RequestGate gate() {
        return control;
    }

    public void register(PrometheusRegistry registry) {
        registry.register(new FlowMetrics(control));
    }

    /** What else it shows, by paths. */
    public Map<String, RequestHandler> pages() {
        var pages = new FlowPages(control, seatTime);
        var folder = "/debug/api_priority_and_fairness/";
        return Map.of(
                folder + "dump_priority_levels", _ -> pages.levels(),
                folder + "dump_queues", _ -> pages.queues(),
                folder + "dump_requests",
                        request -> pages.requests(
                                !request.query().value("includeRequestDetails").isEmpty()));
    }

    /** Makes sure of the objects that are needed, and begins to go by those that there are. */
    public void start() throws InterruptedException {
        objects.start();
        configuration.start();
    }

    @Override
    public void close() {
        configuration.close();
        objects.close();
        control.close();
        seatTime.close();
    }
}
