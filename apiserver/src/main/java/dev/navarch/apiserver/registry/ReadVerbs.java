package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.registry.ListOptions.Match;
import dev.navarch.apiserver.registry.Renderer.Listed;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.watch.WatchFrames;
import dev.navarch.apiserver.watch.WatchPlan;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.FutureRevisionException;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.Watch;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Get, list and watch. What each resourceVersion and resourceVersionMatch mean: Kubernetes API concepts, "Resource
 * versions"; how lists are paged: k8s.io/apiserver pkg/storage/etcd3/store.go, GetList.
 */
final class ReadVerbs {
    private static final int LARGEST_PAGE = 1_000;
    private static final int LEAST_WATCH_SECONDS = 1_800;

    private final Objects objects;
    private final Freshness freshness;
    private final Renderer renderer;
    private final WatchEncoders encoders;
    private final TimeSource time;
    private final RandomGenerator random;

    ReadVerbs(Objects objects, Renderer renderer, TimeSource time, RandomGenerator random) {
        this.objects = objects;
        this.freshness = new Freshness(objects.store(), time);
        this.renderer = renderer;
        this.encoders = new WatchEncoders(objects, renderer);
        this.time = time;
        this.random = random;
    }

    void register(PrometheusRegistry registry) {
        encoders.register(registry);
    }

    ApiResponse get(ApiRequest request, ServedResource resource) throws InterruptedException {
        var info = request.info();
        var form = resource.negotiated(request);
        if (request.query().has("resourceVersion")) {
            freshness.await(
                    ListOptions.version(request.query().value("resourceVersion"), ListOptions::unreadableVersion));
        }
        var entry =
                objects.find(resource, info.namespace(), info.name()).orElseThrow(() -> resource.notFound(info.name()));
        return renderer.object(200, request, form, resource, entry, Headers.EMPTY);
    }

    ApiResponse list(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = resource.negotiated(request);
        var options = ListOptions.of(request, false);
        var selection = selection(request, resource, options);
        try {
            var listed = listed(resource, request.info().namespace(), options, selection);
            return renderer.list(request, form, resource, listed);
        } catch (PageExpired e) {
            return e.answer();
        }
    }

    Selection selection(ApiRequest request, ServedResource resource, ListOptions options) {
        return Selection.of(
                resource,
                options.labelSelector(),
                options.fieldSelector(),
                request.info().name(),
                objects);
    }

    Listed listed(ServedResource resource, String namespace, ListOptions options, Selection selection)
            throws InterruptedException {
        var prefix = resource.prefix(place(namespace, selection));
        long revision = 0;
        var after = "";
        int limit = options.limit();
        if (!options.continueToken().isEmpty()) {
            var token = ContinueToken.decode(options.continueToken());
            revision = Math.max(token.revision(), 0);
            after = prefix + token.after();
        } else if (options.revision() > 0) {
            boolean exact = options.match() == Match.EXACT || (options.match() == Match.UNSET && limit > 0);
            if (exact) {
                revision = options.revision(); // asked of the store itself, which waits for nothing
            } else {
                freshness.await(options.revision());
            }
        } else if (options.revision() == 0) {
            limit = 0; // as upstream's watch cache does, which such a list is always answered from
        }
        try {
            if (selection.everything()) {
                return page(prefix, after, limit, revision);
            }
            var one = revision == 0 ? onlyKey(resource, namespace, selection) : Optional.<String>empty();
            return one.isPresent() ? single(one.get(), selection) : filtered(prefix, after, limit, revision, selection);
        } catch (CompactedException e) {
            throw options.continueToken().isEmpty()
                    ? ApiFailure.expired("The resourceVersion for the provided list is too old.")
                    : new PageExpired(new ContinueToken(-1, after.substring(prefix.length())).encode());
        } catch (FutureRevisionException e) {
            throw Freshness.tooLarge(e.wanted(), e.current());
        }
    }

    /** The namespace that is read: the request's, or the one that the selector asks for. */
    private static String place(String namespace, Selection selection) {
        return namespace.isEmpty() ? selection.namespace().orElse("") : namespace;
    }

    /** The key of the only object that can match, if the selector and the request name it. */
    private static Optional<String> onlyKey(ServedResource resource, String namespace, Selection selection) {
        var place = place(namespace, selection);
        return resource.type().namespaced() && place.isEmpty()
                ? Optional.empty()
                : selection.name().map(name -> resource.key(place, name));
    }

    private Listed single(String key, Selection selection) {
        long before = objects.store().revision();
        var found = objects.store().get(key).filter(selection);
        return new Listed(
                found.stream().toList(),
                Math.max(before, found.map(Entry::revision).orElse(0L)),
                "",
                Optional.empty());
    }

    private Listed page(String prefix, String after, int limit, long revision) {
        var page = objects.store().range(new Range(prefix, after, limit, revision));
        return new Listed(page.entries(), page.revision(), next(prefix, page, limit), Optional.of(page.remaining()));
    }

    private static String next(String prefix, Page page, int limit) {
        if (limit == 0 || page.remaining() == 0 || page.entries().isEmpty()) {
            return "";
        }
        return token(prefix, page.entries().getLast(), page.revision());
    }

    private static String token(String prefix, Entry last, long revision) {
        return new ContinueToken(revision, last.key().substring(prefix.length())).encode();
    }

    /** Reads on until the page is full; how many more would match is not known without reading them all. */
    private Listed filtered(String prefix, String after, int limit, long revision, Selection selection) {
        List<Entry> found = new ArrayList<>();
        int step = limit == 0 ? 0 : LARGEST_PAGE;
        var from = after;
        long at = revision;
        while (true) {
            var page = objects.store().range(new Range(prefix, from, step, at));
            at = page.revision();
            var entries = page.entries();
            selection.learn(entries);
            for (int i = 0; i < entries.size(); i++) {
                if (selection.test(entries.get(i))) {
                    found.add(entries.get(i));
                    boolean more = i + 1 < entries.size() || page.remaining() > 0;
                    if (found.size() == limit && more) {
                        return new Listed(found, at, token(prefix, entries.get(i), at), Optional.empty());
                    }
                }
            }
            if (page.remaining() == 0 || entries.isEmpty()) {
                return new Listed(found, at, "", Optional.empty());
            }
            from = entries.getLast().key();
        }
    }

    /** The page asked for is no longer kept; {@code next} goes on in the newest snapshot. */
    private static final class PageExpired extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String next;

        PageExpired(String next) {
            super("expired", null, false, false);
            this.next = next;
        }

        /** Source: k8s.io/apiserver pkg/storage/etcd3/errors.go. */
        ApiResponse answer() {
            var tree = ApiFailure.expired("The provided continue parameter is too old to display a consistent list"
                            + " result. You can start a new list without the continue parameter, or use the continue"
                            + " token in this response to retrieve the remainder of the results. Continuing with the"
                            + " provided token results in an inconsistent list - objects that were created, modified,"
                            + " or deleted between the time the first chunk was returned and now may show up in the"
                            + " list.")
                    .status()
                    .tree();
            Tree.childObject(tree, "metadata").put("continue", next);
            return ApiResponse.json(410, Tree.json(tree));
        }
    }

    ApiResponse watch(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = resource.negotiatedWatch(request);
        var options = ListOptions.of(request, true);
        var selection = selection(request, resource, options);
        var prefix = resource.prefix(place(request.info().namespace(), selection));
        var encoder = encoders.of(request, form, resource);
        Watch watch;
        WatchPlan plan;
        List<Entry> first = List.of();
        if (options.sendInitialEvents()) {
            try {
                freshness.await(options.revision());
            } catch (ApiFailure e) {
                return failed(form, encoder.error(e.status()));
            }
            var snapshot = objects.store().range(Range.all(prefix));
            first = selection.everything() ? snapshot.entries() : selection.among(snapshot.entries());
            watch = objects.store().watch(prefix, snapshot.revision(), Topics.of(resource, selection));
            plan = new WatchPlan(
                    options.bookmarks(), snapshot.revision(), selection, options.bookmarks(), timeout(options));
        } else {
            // what a client has seen elsewhere may be newer than what is here: then it waits for what is newer still
            long current = objects.store().revision();
            long from = options.revision() > 0 ? options.revision() : current;
            plan = new WatchPlan(false, from, selection, options.bookmarks(), timeout(options));
            try {
                watch = objects.store().watch(prefix, Math.min(from, current), Topics.of(resource, selection));
            } catch (CompactedException e) {
                return failed(form, encoder.error(expired(e).status()));
            }
        }
        var frames = new WatchFrames(watch, first, plan, encoder, time);
        resource.custom().ifPresent(custom -> custom.watches().add(frames));
        return new ApiResponse.Streaming(
                200, form.streamType(), Headers.EMPTY, resource.form().callsOut() ? new Waiting(frames) : frames);
    }

    /** Frames that need a thread of their own, because making one may take a while. */
    private record Waiting(Frames frames) implements Frames {
        @Override
        public byte @Nullable [] next() throws InterruptedException {
            return frames.next();
        }

        @Override
        public void close() {
            frames.close();
        }
    }

    private static ApiFailure expired(CompactedException e) {
        return ApiFailure.expired("too old resource version: " + e.wanted() + " (" + e.compacted() + ")");
    }

    /** A watch that cannot begin is answered by a watch of one event, as upstream's watch cache does. */
    private static ApiResponse failed(Negotiated form, byte[] error) {
        return new ApiResponse.Whole(200, form.streamType(), Headers.EMPTY, error);
    }

    /** Without a wish: half an hour to an hour, so that many clients don't come back at once. */
    private Duration timeout(ListOptions options) {
        return options.timeout().orElseGet(() -> {
            synchronized (random) {
                return Duration.ofSeconds(LEAST_WATCH_SECONDS + random.nextInt(LEAST_WATCH_SECONDS));
            }
        });
    }
}
