package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Container;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The more megabytes of the pod's images a node has already, the better; an image that only few nodes have counts for
 * less, lest all its pods crowd there (source: plugins/imagelocality).
 */
public final class ImageLocality implements Plugin.PreScore, Plugin.Score {
    private static final long MEBI = 1 << 20;
    private static final long LEAST = 23 * MEBI;
    private static final long MOST_OF_A_CONTAINER = 1_000 * MEBI;

    @Override
    public String name() {
        return "ImageLocality";
    }

    /** The pod's images with how many nodes have them, of how many. */
    private record Spread(List<String> images, Map<String, Integer> nodes, int all) {}

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        var images = images(pod);
        Map<String, Integer> nodes = new HashMap<>();
        for (var image : images) {
            nodes.computeIfAbsent(image, _ -> snapshot.nodesWithImage(image));
        }
        if (nodes.values().stream().allMatch(count -> count == 0)) {
            return Status.SKIP; // no node has any, so all score the same
        }
        state.put(this, new Spread(images, nodes, snapshot.nodes().size()));
        return Status.SUCCESS;
    }

    private static List<String> images(PodInfo pod) {
        var images = new ArrayList<String>();
        var spec = pod.pod().getSpec();
        if (spec.getInitContainers() != null) {
            spec.getInitContainers().stream().map(ImageLocality::image).forEach(images::add);
        }
        spec.getContainers().stream().map(ImageLocality::image).forEach(images::add);
        return images;
    }

    /** With the tag that is meant if none is named. */
    private static String image(Container container) {
        var image = container.getImage() == null ? "" : container.getImage();
        return image.lastIndexOf(':') <= image.lastIndexOf('/') ? image + ":latest" : image;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var spread = state.get(this, Spread.class);
        long sum = 0;
        for (var image : spread.images()) {
            long size = node.images().getOrDefault(image, 0L);
            sum += (long) (size * ((double) spread.nodes().get(image) / spread.all()));
        }
        long most = MOST_OF_A_CONTAINER * spread.images().size();
        return MAX * (Math.clamp(sum, LEAST, most) - LEAST) / (most - LEAST);
    }
}
