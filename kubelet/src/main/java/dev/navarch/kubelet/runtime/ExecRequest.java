package dev.navarch.kubelet.runtime;

import java.util.List;

/** A streaming exec. With a tty there is no separate stderr. */
public record ExecRequest(
        String containerId, List<String> command, boolean tty, boolean stdin, boolean stdout, boolean stderr) {

    public ExecRequest {
        command = List.copyOf(command);
    }
}
