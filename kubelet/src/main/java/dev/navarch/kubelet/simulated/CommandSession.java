package dev.navarch.kubelet.simulated;

import dev.navarch.client.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client that runs a command or attaches to one. The command begins when all streams are there that the client has asked for.
 *
 * <p>Source: k8s.io/cri-streaming pkg/streaming/remotecommand, protocol version 4.
 */
final class CommandSession implements SpdyConnection.Session {
    private static final Logger log = LoggerFactory.getLogger(CommandSession.class);

    /** How long a client has to close its side. */
    private static final long LINGER_SECONDS = 10;

    private final Wanted wanted;
    private final CommandHandler handler;
    private final Channel channel;
    private final Map<String, SpdyConnection.Stream> streams = new HashMap<>();
    private final Set<String> missing;
    private @Nullable Thread running;

    /** What the client has asked for. */
    record Wanted(List<String> words, boolean stdin, boolean stdout, boolean stderr, boolean tty) {
        private Set<String> streams() {
            Set<String> types = new HashSet<>(Set.of("error"));
            if (stdin) {
                types.add("stdin");
            }
            if (stdout) {
                types.add("stdout");
            }
            if (stderr && !tty) {
                types.add("stderr");
            }
            if (tty) {
                types.add("resize");
            }
            return types;
        }
    }

    CommandSession(Wanted wanted, CommandHandler handler, Channel channel) {
        this.wanted = wanted;
        this.handler = handler;
        this.channel = channel;
        missing = wanted.streams();
    }

    @Override
    public void opened(SpdyConnection.Stream stream) {
        if (!missing.remove(stream.type())) {
            channel.close(); // a stream that was not asked for, or asked for twice
            return;
        }
        streams.put(stream.type(), stream);
        if (missing.isEmpty()) {
            running = Thread.ofVirtual().name("simulated-command").start(this::run);
        }
    }

    @Override
    public void gone() {
        var thread = running;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        try {
            var stdin = streams.get("stdin");
            var in = stdin == null ? InputStream.nullInputStream() : stdin.in();
            var status = outcome(new Command(wanted.words(), in, out("stdout"), out("stderr"), wanted.tty()));
            out("stdout").close();
            out("stderr").close();
            var error = out("error");
            error.write(Json.mapper().writeValueAsBytes(status));
            error.close();
        } catch (IOException e) {
            log.debug("A client did not wait for the end of its command", e);
        } finally {
            end();
        }
    }

    private OutputStream out(String type) {
        var stream = streams.get(type);
        return stream == null ? OutputStream.nullOutputStream() : stream.out();
    }

    private ObjectNode outcome(Command command) {
        var status = JsonNodeFactory.instance.objectNode();
        status.putObject("metadata");
        try {
            int code = handler.run(command);
            if (code == 0) {
                return status.put("status", "Success");
            }
            status.put("status", "Failure")
                    .put(
                            "message",
                            "command terminated with non-zero exit code: error executing command ["
                                    + String.join(" ", command.words()) + "], exit code " + code)
                    .put("reason", "NonZeroExitCode");
            status.putObject("details")
                    .putArray("causes")
                    .addObject()
                    .put("reason", "ExitCode")
                    .put("message", Integer.toString(code));
            return status;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return internalError(status, "interrupted");
        } catch (IOException | RuntimeException e) {
            log.debug("A command failed", e);
            return internalError(status, String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode internalError(ObjectNode status, String why) {
        var message = "error executing command in container: " + why;
        status.put("status", "Failure")
                .put("message", "Internal error occurred: " + message)
                .put("reason", "InternalError")
                .put("code", 500);
        status.putObject("details").putArray("causes").addObject().put("message", message);
        return status;
    }

    /** Closes this side first: what the client still sends would else make the kernel drop what is on its way to it. */
    private void end() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) sent -> {
            if (sent.isSuccess() && channel instanceof DuplexChannel duplex) {
                streams.values().forEach(CommandSession::drop);
                duplex.shutdownOutput();
                channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
            } else {
                channel.close();
            }
        });
    }

    private static void drop(SpdyConnection.Stream stream) {
        try {
            stream.in().close();
        } catch (IOException e) {
            log.debug("A stream could not be closed", e);
        }
    }
}
