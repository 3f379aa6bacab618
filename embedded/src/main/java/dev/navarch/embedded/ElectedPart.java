package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.LeaderElector;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of the control plane that works in one process at a time: in the one that holds a Lease of kube-system, under
 * the names and with the times of upstream's components, so that these may stand for election too (source:
 * k8s.io/component-base config/v1alpha1/defaults.go; kubernetes cmd/kube-controller-manager, cmd/kube-scheduler). Upstream's
 * process ends when it loses the lease; here the part does, and stands again.
 */
public final class ElectedPart implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ElectedPart.class);
    private static final String NAMESPACE = "kube-system";

    private final EventRecorder events;
    private final LeaderElector elector;

    /**
     * Stands for election at once.
     *
     * @param lease its name
     * @param candidate of all processes only this one has it, also after a restart: who finds a lease in its own name
     *     needs not wait for its end
     * @param events where the election is told of; closed with this
     * @param leads 1 while the part works here, and 0 otherwise
     * @param start starts the part, and adds to the lifecycle what is to be closed when the lease is lost
     */
    public ElectedPart(
            ApiClient client,
            String lease,
            String candidate,
            TimeSource time,
            RandomGenerator random,
            EventRecorder events,
            GaugeDataPoint leads,
            Consumer<Lifecycle> start) {
        this.events = events;
        elector = new LeaderElector(
                client,
                new Key(NAMESPACE, lease),
                candidate,
                LeaderElector.Timing.upstream(),
                time,
                random,
                events,
                new Terms(lease, leads, start));
        elector.start();
    }

    /** One after the other; only the elector's thread is here. */
    private static final class Terms implements LeaderElector.Office {
        private final String name;
        private final GaugeDataPoint leads;
        private final Consumer<Lifecycle> start;
        private Optional<Lifecycle> term = Optional.empty();

        Terms(String name, GaugeDataPoint leads, Consumer<Lifecycle> start) {
            this.name = name;
            this.leads = leads;
            this.start = start;
        }

        @Override
        public void started() {
            var begun = new Lifecycle();
            term = Optional.of(begun);
            leads.set(1);
            try {
                start.accept(begun);
            } catch (RuntimeException e) {
                log.error("{} could not start", name, e);
                stopped();
            }
        }

        @Override
        public void stopped() {
            leads.set(0);
            term.ifPresent(Lifecycle::close);
            term = Optional.empty();
        }
    }

    /** Stops the part, and then gives the lease back so that another process may begin at once. */
    @Override
    public void close() {
        elector.close();
        events.close();
    }
}
