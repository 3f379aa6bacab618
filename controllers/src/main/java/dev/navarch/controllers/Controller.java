package dev.navarch.controllers;

import dev.navarch.client.ControllerLoop;
import java.util.List;

/** Something that works from {@link #start} to {@link #close}. Started once, after its informers have synced. */
public interface Controller extends AutoCloseable {

    void start();

    /** Stops and waits for the workers. */
    @Override
    void close();

    /** A controller that is nothing but its loops. */
    static Controller of(ControllerLoop<?>... loops) {
        var all = List.of(loops);
        return new Controller() {
            @Override
            public void start() {
                all.forEach(ControllerLoop::start);
            }

            @Override
            public void close() {
                all.forEach(ControllerLoop::close);
            }
        };
    }
}
