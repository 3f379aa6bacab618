package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.ManualTime;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class RelistTest {
    private final ManualTime time = new ManualTime(TestNode.START);
    private final SimulatedRuntime simulated = new SimulatedRuntime(time, new Random(1), "10.0.0.0/24");
    private final List<String> changed = new CopyOnWriteArrayList<>();
    private final BlockingQueue<RuntimeEvent> events = new LinkedBlockingQueue<>();
    private volatile boolean tellsEvents;

    /** The simulated engine, with events that can be had now and then. */
    private final ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ContainerRuntime.class},
            (_, method, arguments) ->
                    method.getName().equals("events") ? events() : method.invoke(simulated, arguments));

    private Optional<RuntimeEvents> events() {
        if (!tellsEvents) {
            throw new RuntimeFailure(RuntimeFailure.Reason.UNAVAILABLE, "it is starting");
        }
        return Optional.of(new RuntimeEvents() {
            @Override
            public RuntimeEvent next() throws InterruptedException {
                return events.take();
            }

            @Override
            public void close() {}
        });
    }

    @Test
    void eventsThatCannotBeHadAreAskedForAgain() {
        try (var relist = new Relist(runtime, time, Duration.ofMinutes(1), changed::add)) {
            relist.start();
            tellsEvents = true;
            events.add(new RuntimeEvent(RuntimeEvent.Type.STOPPED, "c", "uid", TestNode.START));
            time.advance(Duration.ofSeconds(5));
            Await.until("the event is told", () -> !changed.isEmpty());
            assertThat(changed).containsExactly("uid");
        }
    }
}
