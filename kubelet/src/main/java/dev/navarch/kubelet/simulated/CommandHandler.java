package dev.navarch.kubelet.simulated;

import java.io.IOException;

/** Answers the commands that are run in a simulated container. */
public interface CommandHandler {

    /**
     * Runs a command, which has ended when this returns. The thread is interrupted when the container ends or the client goes.
     *
     * @return the exit code
     */
    int run(Command command) throws IOException, InterruptedException;
}
