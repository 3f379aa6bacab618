package dev.navarch.controllers.persistentvolume;

import dev.navarch.client.Informer;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** How many volumes and claims there are. source: kubernetes pkg/controller/volume/persistentvolume/metrics/metrics.go. */
final class VolumeMetrics {
    private static final String PREFIX = "pv_collector_";
    private static final String[] OF_CLAIMS = {"namespace", "storage_class", "volume_attributes_class"};

    private VolumeMetrics() {}

    static void show(
            ControllerMetrics metrics, Informer<PersistentVolume> volumes, Informer<PersistentVolumeClaim> claims) {
        metrics.gauges(
                PREFIX + "total_pv_count",
                "Volumes by what they are.",
                numbers -> count(
                        volumes.list().stream(),
                        v -> List.of(plugin(v), StorageFacts.mode(v.getSpec().getVolumeMode())),
                        numbers),
                "plugin_name",
                "volume_mode");
        Predicate<PersistentVolume> bound = v -> StorageFacts.phase(v).equals("Bound");
        volumes(metrics, "bound_pv_count", "Volumes that are bound.", volumes, bound);
        volumes(metrics, "unbound_pv_count", "Volumes that are not bound.", volumes, bound.negate());
        Predicate<PersistentVolumeClaim> has = c -> StorageFacts.phase(c).equals("Bound");
        claims(metrics, "bound_pvc_count", "Claims that have a volume.", claims, has);
        claims(metrics, "unbound_pvc_count", "Claims that have no volume.", claims, has.negate());
    }

    private static void volumes(
            ControllerMetrics metrics,
            String name,
            String help,
            Informer<PersistentVolume> volumes,
            Predicate<PersistentVolume> which) {
        metrics.gauges(
                PREFIX + name,
                help,
                numbers ->
                        count(volumes.list().stream().filter(which), v -> List.of(StorageFacts.className(v)), numbers),
                "storage_class");
    }

    private static void claims(
            ControllerMetrics metrics,
            String name,
            String help,
            Informer<PersistentVolumeClaim> claims,
            Predicate<PersistentVolumeClaim> which) {
        metrics.gauges(
                PREFIX + name,
                help,
                numbers -> count(claims.list().stream().filter(which), VolumeMetrics::labels, numbers),
                OF_CLAIMS);
    }

    private static List<String> labels(PersistentVolumeClaim claim) {
        return List.of(
                claim.getMetadata().getNamespace(),
                StorageFacts.className(claim),
                Objects.requireNonNullElse(claim.getSpec().getVolumeAttributesClassName(), ""));
    }

    private static <T> void count(
            Stream<T> objects, Function<T, List<String>> labels, ControllerMetrics.Numbers numbers) {
        Map<List<String>, Integer> counts = new HashMap<>();
        objects.forEach(each -> counts.merge(labels.apply(each), 1, Integer::sum));
        counts.forEach((values, count) -> numbers.take(count, values.toArray(String[]::new)));
    }

    private static String plugin(PersistentVolume volume) {
        var spec = volume.getSpec();
        if (spec.getCsi() != null) {
            return "kubernetes.io/csi:" + spec.getCsi().getDriver();
        }
        return spec.getHostPath() != null
                ? "kubernetes.io/host-path"
                : spec.getLocal() != null
                        ? "kubernetes.io/local-volume"
                        : spec.getNfs() != null ? "kubernetes.io/nfs" : "N/A";
    }
}
