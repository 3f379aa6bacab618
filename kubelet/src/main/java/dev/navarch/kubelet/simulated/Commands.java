package dev.navarch.kubelet.simulated;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Runs the commands that are to be executed in a simulated container. */
public interface Commands {

    /** What a command has. With a terminal {@code stderr} is {@code stdout}. */
    record Call(
            String namespace,
            String pod,
            String container,
            List<String> command,
            InputStream stdin,
            OutputStream stdout,
            OutputStream stderr) {
        public Call {
            command = List.copyOf(command);
        }
    }

    /**
     * Runs one command to its end.
     *
     * @return its exit code
     */
    int run(Call call) throws Exception;
}
