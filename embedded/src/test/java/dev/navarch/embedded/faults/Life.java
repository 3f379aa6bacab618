package dev.navarch.embedded.faults;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.SharedObjects;
import dev.navarch.client.Transport;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.embedded.BareServer;
import dev.navarch.embedded.Identities;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One life of a process that runs controllers: it begins with empty caches, and may end at one of its writes. Whatever it
 * reads and writes goes through here.
 */
final class Life implements AutoCloseable {
    private final BareServer server;
    private final Fault fault;
    private final LongSupplier pastRevision;
    private final Runnable afterWrite;
    private final SharedObjects shared = new SharedObjects();
    private final List<Feed> feeds = new CopyOnWriteArrayList<>();
    /** Collections that informers keep in view. */
    private final Set<String> followed = ConcurrentHashMap.newKeySet();

    private final ControllerAssembly assembly;
    private final Object turn = new Object();
    /** Guarded by {@link #turn}. */
    private int writes;

    private volatile boolean dead;

    /**
     * @param pastRevision what lists that take any version are to show; 0 for the present
     * @param afterWrite runs when a write was accepted
     */
    Life(
            BareServer server,
            ControllerSettings settings,
            long seed,
            Predicate<String> controllers,
            Fault fault,
            LongSupplier pastRevision,
            Runnable afterWrite) {
        this.server = server;
        this.fault = fault;
        this.pastRevision = pastRevision;
        this.afterWrite = afterWrite;
        assembly = new ControllerAssembly(this::client, server.time(), new Random(seed), settings, controllers);
        assembly.start();
    }

    private ApiClient client(String user) {
        return new ApiClient(new Wire(user), Identities.fieldManager(user), shared);
    }

    boolean dead() {
        return dead;
    }

    int writes() {
        synchronized (turn) {
            return writes;
        }
    }

    /** Whether it has begun to work. */
    boolean settled() {
        return dead || assembly.working();
    }

    /** Whether it is one that reads for a cache. */
    private static boolean isInformer() {
        return Thread.currentThread().getName().startsWith("informer-");
    }

    private long missing() {
        return followed.stream()
                .filter(path -> feeds.stream().noneMatch(f -> f.open() && f.path.equals(path)))
                .count();
    }

    /** Whether nothing is on its way to it. */
    boolean upToDate() {
        return feeds.stream().noneMatch(f -> f.open() && f.pending()) && missing() == 0;
    }

    List<Feed> feeds() {
        feeds.removeIf(f -> !f.open());
        return feeds;
    }

    private void die() {
        dead = true;
        feeds.forEach(Feed::close);
    }

    @Override
    public void close() {
        die();
        assembly.close();
    }

    private record Refusal() implements Response {
        @Override
        public int status() {
            return 503;
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public byte[] readAll() {
            return new byte[0];
        }

        @Override
        public byte @Nullable [] readFrame() {
            return null;
        }

        @Override
        public void close() {}
    }

    /** The way of one of its clients to the server. */
    private final class Wire implements Transport {
        private final String user;
        private final Transport to;

        Wire(String user) {
            this.user = user;
            to = server.transport(user);
        }

        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            if (request.path().contains("/events")) {
                return dead ? new Refusal() : to.send(request); // nobody hears what the dead have to tell
            }
            requireLife();
            return request.method().equals("GET") ? read(request) : write(request);
        }

        private void requireLife() throws IOException {
            if (dead) {
                throw new IOException("the process is dead");
            }
        }

        private Response read(Request request) throws IOException, InterruptedException {
            var answer = to.send(staled(request));
            var collection = user + " " + request.path().split("\\?", 2)[0]
                    + (request.headers().getOrDefault("Accept", "").contains("PartialObject") ? " (metadata)" : "");
            if (!isInformer() || answer.status() >= 300) {
                return answer;
            }
            if (!request.path().contains("watch=true")) {
                followed.add(collection);
                return answer;
            }
            var feed = new Feed(collection, answer, server.time());
            feeds.add(feed);
            if (dead) {
                feed.close();
            }
            return feed;
        }

        /** Who asks for any version may be given an old one. */
        private Request staled(Request request) {
            long past = pastRevision.getAsLong();
            return past == 0
                            || !request.path().contains("resourceVersion=0")
                            || request.path().contains("watch=true")
                    ? request
                    : new Request(
                            request.method(),
                            request.path()
                                    .replace(
                                            "resourceVersion=0",
                                            "resourceVersion=" + past + "&resourceVersionMatch=Exact"),
                            request.headers(),
                            request.body());
        }

        private Response write(Request request) throws IOException, InterruptedException {
            boolean struck;
            synchronized (turn) {
                requireLife();
                struck = ++writes == fault.write();
                if (struck && fault.blow() == Fault.Blow.DIES_BEFORE) {
                    die();
                    throw new IOException("the process died before its write " + writes);
                }
            }
            if (struck && fault.blow() == Fault.Blow.REFUSED) {
                throw new IOException("the write did not arrive");
            }
            var answer = to.send(request);
            if (answer.status() < 300) {
                afterWrite.run();
            }
            if (struck && fault.blow() == Fault.Blow.DIES_AFTER) {
                die();
            }
            if (struck) {
                answer.close();
                throw new IOException("the answer was lost");
            }
            return answer;
        }

        @Override
        public boolean lasting() {
            return true;
        }

        @Override
        public void close() {}
    }
}
