package dev.navarch.embedded;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.ReadyFrames;
import dev.navarch.client.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/** A watch that can be made to end in the middle. */
final class OpenWatch implements ReadyFrames {
    private final ApiCall call;
    private final ReadyFrames frames;
    private final Consumer<OpenWatch> whenClosed;
    private final AtomicReference<byte @Nullable []> last = new AtomicReference<>();
    private volatile boolean ended;
    private volatile @Nullable Runnable listener;

    OpenWatch(ApiCall call, ReadyFrames frames, Consumer<OpenWatch> whenClosed) {
        this.call = call;
        this.frames = frames;
        this.whenClosed = whenClosed;
    }

    ApiCall call() {
        return call;
    }

    /** @param why the last event; null ends it without a word */
    void end(@Nullable ApiFailure why) {
        if (why != null) {
            var event = JsonNodeFactory.instance.objectNode().put("type", "ERROR");
            event.set("object", why.status().tree());
            last.set((Json.mapper().writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        ended = true;
        frames.close();
        var told = listener;
        if (told != null) {
            told.run();
        }
    }

    @Override
    public byte @Nullable [] next() throws InterruptedException {
        var frame = ended ? null : frames.next();
        return frame == null || ended ? last.getAndSet(null) : frame;
    }

    @Override
    public byte @Nullable [] poll() {
        return ended ? last.getAndSet(null) : frames.poll();
    }

    @Override
    public boolean ended() {
        return ended ? last.get() == null : frames.ended();
    }

    @Override
    public void listen(Runnable action) {
        listener = action;
        frames.listen(action);
        if (ended) {
            action.run();
        }
    }

    @Override
    public Duration patience() {
        return frames.patience();
    }

    @Override
    public void close() {
        whenClosed.accept(this);
        frames.close();
    }

    /** Of other frames there are none that could be ended like this. */
    static Frames track(ApiCall call, Frames frames, Faults faults) {
        if (!(frames instanceof ReadyFrames ready)) {
            return frames;
        }
        var open = new OpenWatch(call, ready, faults::closed);
        faults.opened(open);
        return open;
    }
}
