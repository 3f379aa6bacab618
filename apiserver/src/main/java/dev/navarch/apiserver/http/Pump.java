package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.ReadyFrames;

/** Carries a streaming answer's frames to its channel. Called on the channel's event loop. */
interface Pump {
    static Pump of(Exchange exchange, Frames frames) {
        return frames instanceof ReadyFrames ready ? new ReadyPump(exchange, ready) : new StreamPump(exchange, frames);
    }

    void start();

    /** The channel takes more. */
    void writable();

    /** The receiver is gone. */
    void stop();

    /** Ends the source; what it gave before is still sent. */
    void endOrderly();
}
