package dev.navarch.kubelet.simulated;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A command that somebody runs in a simulated container, and the streams that its client sees.
 *
 * @param words the command and its arguments; those of the container when somebody attaches to it
 * @param in ends at once if the client sends nothing
 * @param out goes nowhere if the client does not want it, and so does {@code err}
 * @param tty whether the client has a terminal, which shows both outputs as one
 */
public record Command(List<String> words, InputStream in, OutputStream out, OutputStream err, boolean tty) {

    public Command {
        words = List.copyOf(words);
    }

    /** Writes to the standard output. */
    public void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Writes to the error output. */
    public void complain(String text) throws IOException {
        err.write(text.getBytes(StandardCharsets.UTF_8));
        err.flush();
    }
}
