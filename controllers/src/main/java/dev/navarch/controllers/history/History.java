package dev.navarch.controllers.history;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Resource;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The ControllerRevisions of owners of one kind.
 *
 * <p>source: kubernetes pkg/controller/history/controller_history.go.
 */
public final class History {
    private static final Comparator<ControllerRevision> BY_NUMBER = Comparator.comparingLong(Revision::number)
            .thenComparing(r -> String.valueOf(r.getMetadata().getCreationTimestamp()))
            .thenComparing(r -> r.getMetadata().getName());

    private final Informer<ControllerRevision> revisions;
    private final Resource<ControllerRevision> resource;
    private final String hashLabel;

    /**
     * The revision of an owner's template.
     *
     * @param collisions how often by now a name that it would have had was another revision's
     */
    public record Current(ControllerRevision revision, int collisions) {
        public String name() {
            return revision.getMetadata().getName();
        }
    }

    /** @param hashLabel the label in which revisions note their hash */
    public History(ControllerContext context, String hashLabel) {
        revisions = context.informer(ControllerRevision.class);
        Pods.indexByController(revisions);
        resource = context.client().resource(ControllerRevision.class);
        this.hashLabel = hashLabel;
    }

    /** The owner's revisions, oldest first; takes matching orphans. */
    public List<ControllerRevision> of(
            HasMetadata owner, LabelSelector selector, Supplier<? extends Optional<? extends HasMetadata>> liveOwner) {
        return new Adoption<>(resource, owner, liveOwner)
                .claim(Pods.controlledOrOrphaned(revisions, owner), selector, _ -> true).stream()
                        .sorted(BY_NUMBER)
                        .toList();
    }

    /**
     * The revision of the template, with the highest number of all: the newest, one that is renumbered since the owner
     * went back to it, or a new one.
     *
     * @param known oldest first
     */
    public Current current(
            HasMetadata owner, PodTemplateSpec template, List<ControllerRevision> known, int collisions) {
        var same = known.reversed().stream()
                .filter(r -> Revision.isOf(r, template))
                .findFirst();
        long highest = known.isEmpty() ? 0 : Revision.number(known.getLast());
        if (same.isEmpty()) {
            return create(owner, template, collisions, highest + 1);
        }
        if (same.get().equals(known.getLast())) {
            return new Current(same.get(), collisions);
        }
        var renumbered = new ControllerRevisionBuilder(same.get())
                .withRevision(highest + 1)
                .build();
        return new Current(resource.update(renumbered), collisions);
    }

    private Current create(HasMetadata owner, PodTemplateSpec template, int collisions, long number) {
        for (int tried = collisions; ; tried++) {
            var wanted = Revision.of(owner, template, hashLabel, tried, number);
            try {
                return new Current(resource.create(wanted), tried);
            } catch (ApiFailure e) {
                if (!e.alreadyExists()) {
                    throw e;
                }
                var meta = wanted.getMetadata();
                var there = resource.get(meta.getNamespace(), meta.getName()).orElseThrow(() -> e);
                if (Revision.isOf(there, template)) {
                    return new Current(there, tried); // made before, the cache has not shown it
                }
            }
        }
    }

    /** Deletes the first of these. */
    public void delete(List<ControllerRevision> unused, int count) {
        unused.stream().limit(Math.max(0, count)).forEach(this::delete);
    }

    private void delete(ControllerRevision revision) {
        var meta = revision.getMetadata();
        try {
            resource.delete(meta.getNamespace(), meta.getName(), DeleteOptions.exactly(revision));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) { // gone, or another by now
                throw e;
            }
        }
    }
}
