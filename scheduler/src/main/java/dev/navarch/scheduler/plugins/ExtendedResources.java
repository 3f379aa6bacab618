package dev.navarch.scheduler.plugins;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerExtendedResourceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Extended resources that a class of devices stands for: on nodes that don't have them from a device plugin, a claim that
 * is made for the pod gets them. Safe for use by many threads.
 *
 * <p>source: dynamicresources/extendeddynamicresources.go, dynamicresources/extended.
 */
final class ExtendedResources {
    /** Stands before a class's name: every class stands for such a resource too. */
    private static final String PREFIX = "deviceclass.resource.kubernetes.io/";

    /** Guarded by this, as is the other. */
    private final Map<String, DeviceClass> classes = new TreeMap<>();

    private volatile Map<String, String> classByResource = Map.of();

    /**
     * What has to be asked for on a node.
     *
     * @param mappings which request of the claim is for which container
     */
    record Draft(List<DeviceRequest> requests, List<ContainerExtendedResourceRequest> mappings) {}

    ExtendedResources(Handle handle) {
        Informer<DeviceClass> informer = handle.watch(DeviceClass.class);
        informer.addHandler(new Handler<>() {
            @Override
            public void added(DeviceClass now) {
                put(now);
            }

            @Override
            public void updated(DeviceClass before, DeviceClass now) {
                put(now);
            }

            @Override
            public void deleted(DeviceClass last) {
                remove(last);
            }
        });
    }

    private synchronized void put(DeviceClass now) {
        classes.put(now.getMetadata().getName(), now);
        index();
    }

    private synchronized void remove(DeviceClass last) {
        classes.remove(last.getMetadata().getName());
        index();
    }

    /** Of several classes for one resource the newest counts, of these the first by name. */
    private void index() {
        var index = new HashMap<String, String>();
        classes.values().stream()
                .sorted(Comparator.comparing(ExtendedResources::created, Comparator.reverseOrder()))
                .forEach(each -> {
                    var name = each.getMetadata().getName();
                    index.put(PREFIX + name, name);
                    var resource =
                            each.getSpec() == null ? null : each.getSpec().getExtendedResourceName();
                    if (resource != null) {
                        index.putIfAbsent(resource, name);
                    }
                });
        classByResource = Map.copyOf(index);
    }

    private static String created(DeviceClass deviceClass) {
        var created = deviceClass.getMetadata().getCreationTimestamp();
        return created == null ? "" : created;
    }

    /** The classes by resource; another object whenever one of them changed. */
    Map<String, String> classes() {
        return classByResource;
    }

    /** Whether a node has to get the resource from devices. */
    boolean onlyByDevices(String resource, NodeInfo node) {
        return node.allocatable().scalar(resource) == 0 && classByResource.containsKey(resource);
    }

    /** Whether the pod requests any such resource. */
    boolean any(PodInfo pod) {
        if (pod.requests().scalars().isEmpty() || classByResource.isEmpty()) {
            return false;
        }
        return pod.requests().scalars().entrySet().stream()
                .anyMatch(each -> each.getValue() > 0 && classByResource.containsKey(each.getKey()));
    }

    /** What the pod has to get from devices on a node. */
    Set<String> of(PodInfo pod, NodeInfo node) {
        var found = new TreeSet<String>();
        pod.requests().scalars().forEach((resource, amount) -> {
            if (amount > 0 && onlyByDevices(resource, node)) {
                found.add(resource);
            }
        });
        return found;
    }

    /** The requests for these resources, and who gets what. */
    Draft draft(PodInfo pod, Set<String> resources) {
        var known = classByResource;
        var spec = pod.pod().getSpec();
        var containers = new ArrayList<Container>();
        if (spec.getInitContainers() != null) {
            containers.addAll(spec.getInitContainers());
        }
        int first = containers.size();
        containers.addAll(spec.getContainers());
        var draft = new Draft(new ArrayList<>(), new ArrayList<>());
        for (var resource : resources) {
            var deviceClass = known.get(resource);
            if (deviceClass != null) {
                new Drafting(containers, first, resource, deviceClass).into(draft);
            }
        }
        draft.requests.sort(Comparator.comparing(DeviceRequest::getName));
        return draft;
    }

    /** Of one resource. */
    private static final class Drafting {
        private final List<Container> containers;
        /** So many are init containers. */
        private final int first;

        private final String resource;
        private final String deviceClass;
        private final List<ContainerExtendedResourceRequest> mappings = new ArrayList<>();

        Drafting(List<Container> containers, int first, String resource, String deviceClass) {
            this.containers = containers;
            this.first = first;
            this.resource = resource;
            this.deviceClass = deviceClass;
        }

        private boolean endsBeforeOthers(int index) {
            return index < first && !"Always".equals(containers.get(index).getRestartPolicy());
        }

        /** Init containers use what those after them have not got yet, and one another's. */
        void into(Draft draft) {
            var lasting = new DeviceRequest[containers.size()];
            for (int i = 0; i < lasting.length; i++) {
                lasting[i] = endsBeforeOthers(i) ? null : request(i, List.of());
            }
            int fromHere = mappings.size();
            DeviceRequest largest = null;
            var passing = new TreeSet<String>();
            for (int i = 0; i < lasting.length; i++) {
                if (endsBeforeOthers(i)) {
                    var later = new ArrayList<DeviceRequest>();
                    for (int j = i; j < lasting.length; j++) {
                        if (lasting[j] != null) {
                            later.add(lasting[j]);
                        }
                    }
                    var request = request(i, later);
                    if (request != null) {
                        passing.add(request.getName());
                        if (largest == null || count(largest) < count(request)) {
                            largest = request;
                        }
                    }
                }
            }
            if (largest != null) {
                for (var mapping : mappings.subList(fromHere, mappings.size())) {
                    if (passing.contains(mapping.getRequestName())) {
                        mapping.setRequestName(largest.getName());
                    }
                }
                draft.requests.add(largest);
            }
            for (var request : lasting) {
                if (request != null) {
                    draft.requests.add(request);
                }
            }
            draft.mappings.addAll(mappings);
        }

        private static long count(DeviceRequest request) {
            return request.getExactly().getCount();
        }

        private void map(Container container, String request) {
            mappings.add(new ContainerExtendedResourceRequest(container.getName(), request, resource));
        }

        /** Null if the container needs nothing beyond what it may use. */
        private @Nullable DeviceRequest request(int index, List<DeviceRequest> usable) {
            var container = containers.get(index);
            var requests = container.getResources() == null
                    ? null
                    : container.getResources().getRequests();
            long wanted = dev.navarch.scheduler.framework.Resources.amount(requests, resource);
            if (requests == null || wanted == 0) {
                return null;
            }
            long had = 0;
            for (var request : usable) {
                had += count(request);
                map(container, request.getName());
                if (had >= wanted) {
                    return null;
                }
            }
            int position = new ArrayList<>(new TreeSet<>(requests.keySet())).indexOf(resource);
            var name = "container-" + index + "-request-" + position;
            map(container, name);
            return new DeviceRequestBuilder()
                    .withName(name)
                    .withNewExactly()
                    .withDeviceClassName(deviceClass)
                    .withAllocationMode("ExactCount")
                    .withCount(wanted - had)
                    .endExactly()
                    .build();
        }
    }
}
