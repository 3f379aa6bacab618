package dev.navarch.runtime.cri;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.runtime.cri.containerd.Envelope;
import dev.navarch.runtime.cri.containerd.EventsGrpc.EventsBlockingStub;
import dev.navarch.runtime.cri.containerd.SubscribeRequest;
import dev.navarch.runtime.cri.containerd.TaskEvent;
import dev.navarch.runtime.cri.containerd.TaskExit;
import dev.navarch.time.TimeSource;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * containerd's own event stream: every version has it, its CRI plugin's only since 1.7, and then only when switched on.
 *
 * <p>The CRI plugin reads the same stream. So that whoever looks on hearing of an end also sees it, an end is passed on
 * when CRI reports it too, or after a second.
 */
final class ContainerdEvents implements RuntimeEvents {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final int LOOKS = 200;

    private final Context.CancellableContext context = Context.ROOT.withCancellation();
    private final Iterator<Envelope> stream;
    private final ContainerRuntime runtime;
    private final TimeSource time;

    ContainerdEvents(EventsBlockingStub stub, ContainerRuntime runtime, TimeSource time) {
        this.runtime = runtime;
        this.time = time;
        var request = SubscribeRequest.newBuilder()
                .addFilters(
                        "namespace==" + ContainerdImages.NAMESPACE + ",topic~=\"^/tasks/(create|start|exit|delete)$\"")
                .build();
        var opened = new Object() {
            @Nullable
            Iterator<Envelope> stream;
        };
        context.run(() -> opened.stream = stub.subscribe(request));
        stream = Objects.requireNonNull(opened.stream);
    }

    @Override
    public @Nullable RuntimeEvent next() throws InterruptedException {
        try {
            while (stream.hasNext()) {
                var event = translate(stream.next());
                if (event.isPresent()) {
                    if (event.get().type() == RuntimeEvent.Type.STOPPED) {
                        awaitEnd(event.get().id());
                    }
                    return event.get();
                }
            }
            return null;
        } catch (StatusRuntimeException | InvalidProtocolBufferException e) {
            return null;
        }
    }

    private static Optional<RuntimeEvent> translate(Envelope envelope) throws InvalidProtocolBufferException {
        var body = envelope.getEvent().getValue();
        var at = Instant.ofEpochSecond(
                envelope.getTimestamp().getSeconds(), envelope.getTimestamp().getNanos());
        var type = switch (envelope.getTopic()) {
            case "/tasks/create" -> RuntimeEvent.Type.CREATED;
            case "/tasks/start" -> RuntimeEvent.Type.STARTED;
            case "/tasks/exit" -> RuntimeEvent.Type.STOPPED;
            default -> RuntimeEvent.Type.DELETED;
        };
        if (type == RuntimeEvent.Type.STOPPED) {
            var exit = TaskExit.parseFrom(body);
            if (!exit.getId().equals(exit.getContainerId())) {
                return Optional.empty();
            }
        }
        return Optional.of(new RuntimeEvent(type, TaskEvent.parseFrom(body).getContainerId(), "", at));
    }

    private void awaitEnd(String id) throws InterruptedException {
        var one = new ContainerFilter(Optional.of(id), Optional.empty(), Optional.empty(), java.util.Map.of());
        for (int look = 0; look < LOOKS; look++) {
            try {
                if (runtime.listContainers(one).stream().noneMatch(c -> c.state() == ContainerState.RUNNING)) {
                    return;
                }
            } catch (RuntimeFailure e) {
                return;
            }
            time.sleep(LOOK_AGAIN);
        }
    }

    @Override
    public void close() {
        context.cancel(null);
    }
}
