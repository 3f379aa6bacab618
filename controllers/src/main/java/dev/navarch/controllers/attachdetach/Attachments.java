package dev.navarch.controllers.attachdetach;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** All attachments, those included that were just made and that the cache does not show yet. Safe for many threads. */
final class Attachments {
    private static final String BY_NODE = "node";
    private static final String BY_VOLUME = "volume";

    private final Informer<VolumeAttachment> cache;
    /** By name. */
    private final Map<String, VolumeAttachment> made = new ConcurrentHashMap<>();

    Attachments(Informer<VolumeAttachment> cache) {
        this.cache = cache;
        cache.addIndex(BY_NODE, a -> List.of(a.getSpec().getNodeName()));
        cache.addIndex(BY_VOLUME, a -> List.of(volume(a)));
        cache.addHandler(Handler.each(a -> made.remove(a.getMetadata().getName())));
    }

    private static String volume(VolumeAttachment attachment) {
        return String.valueOf(attachment.getSpec().getSource().getPersistentVolumeName());
    }

    List<VolumeAttachment> ofNode(String node) {
        return with(cache.byIndex(BY_NODE, node), a -> a.getSpec().getNodeName().equals(node));
    }

    List<VolumeAttachment> ofVolume(String volume) {
        return with(cache.byIndex(BY_VOLUME, volume), a -> volume(a).equals(volume));
    }

    private List<VolumeAttachment> with(List<VolumeAttachment> cached, Predicate<VolumeAttachment> matches) {
        if (made.isEmpty()) {
            return cached;
        }
        List<VolumeAttachment> all = new ArrayList<>(cached);
        made.values().stream()
                .filter(matches)
                .filter(a -> cached.stream()
                        .noneMatch(c ->
                                c.getMetadata().getName().equals(a.getMetadata().getName())))
                .forEach(all::add);
        return all;
    }

    boolean exists(String name) {
        return made.containsKey(name) || cache.get("", name).isPresent();
    }

    void made(VolumeAttachment attachment) {
        made.put(attachment.getMetadata().getName(), attachment);
        if (cache.get("", attachment.getMetadata().getName()).isPresent()) {
            made.remove(attachment.getMetadata().getName()); // it was told before it was noted
        }
    }
}
