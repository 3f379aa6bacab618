package dev.navarch.runtime.cri;

import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.runtime.cri.v1.ContainerEventResponse;
import dev.navarch.runtime.cri.v1.GetEventsRequest;
import dev.navarch.runtime.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The event stream of CRI itself, GetContainerEvents. */
final class CriEvents implements RuntimeEvents {
    private final Context.CancellableContext context = Context.ROOT.withCancellation();
    private final Iterator<ContainerEventResponse> stream;

    CriEvents(RuntimeServiceBlockingStub stub) {
        var opened = new Object() {
            @Nullable
            Iterator<ContainerEventResponse> stream;
        };
        context.run(() -> opened.stream = stub.getContainerEvents(GetEventsRequest.getDefaultInstance()));
        stream = java.util.Objects.requireNonNull(opened.stream);
    }

    @Override
    public @Nullable RuntimeEvent next() {
        try {
            while (stream.hasNext()) {
                var event = stream.next();
                var type = switch (event.getContainerEventType()) {
                    case CONTAINER_CREATED_EVENT -> RuntimeEvent.Type.CREATED;
                    case CONTAINER_STARTED_EVENT -> RuntimeEvent.Type.STARTED;
                    case CONTAINER_STOPPED_EVENT -> RuntimeEvent.Type.STOPPED;
                    case CONTAINER_DELETED_EVENT, UNRECOGNIZED -> RuntimeEvent.Type.DELETED;
                };
                return new RuntimeEvent(
                        type,
                        event.getContainerId(),
                        event.getPodSandboxStatus().getMetadata().getUid(),
                        FromCri.time(event.getCreatedAt()));
            }
            return null;
        } catch (StatusRuntimeException e) {
            return null;
        }
    }

    @Override
    public void close() {
        context.cancel(null);
    }
}
