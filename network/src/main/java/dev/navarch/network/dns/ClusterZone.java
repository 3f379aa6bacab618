package dev.navarch.network.dns;

import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * What the names below the cluster's domain mean, and whose addresses the cluster's are. Nothing is kept but what the
 * informers have: a change is seen by the next question.
 *
 * <p>Source of the behaviour: see the package; in particular, a headless service without ready endpoints has no name, and
 * the name of a pod's address is there if its namespace is, whether or not a pod has the address ({@code pods insecure}).
 */
final class ClusterZone {
    /** Seconds for which others may keep an answer, as in kubeadm's Corefile. */
    static final long TTL = 30;

    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String BY_SERVICE = "dns.by-service";
    private static final String BY_ADDRESS = "dns.by-address";
    private static final String VERSION = "1.1.0";
    private static final int WEIGHTS = 100;

    private final Name zone;
    private final InetAddress server;
    private final Informer<Service> services;
    private final Informer<EndpointSlice> slices;
    private final Informer<Namespace> namespaces;

    /**
     * @param domain the cluster's, such as {@code cluster.local}
     * @param server the address that the zone's own server has
     */
    ClusterZone(String domain, InetAddress server, Informers informers) {
        zone = name(domain + ".");
        this.server = server;
        services = informers.of(Service.class);
        slices = informers.of(EndpointSlice.class);
        namespaces = informers.of(Namespace.class);
        services.addIndex(
                BY_ADDRESS,
                service ->
                        own(service).stream().map(InetAddress::getHostAddress).toList());
        slices.addIndex(
                BY_SERVICE, slice -> service(slice).stream().map(Key::toString).toList());
        slices.addIndex(
                BY_ADDRESS,
                slice -> slice.getEndpoints().stream()
                        .flatMap(endpoint -> endpoint.getAddresses().stream())
                        .flatMap(text -> literal(text).stream())
                        .map(InetAddress::getHostAddress)
                        .toList());
    }

    private static Optional<Key> service(EndpointSlice slice) {
        var labels = slice.getMetadata().getLabels();
        return labels == null || labels.get(SERVICE_NAME) == null
                ? Optional.empty()
                : Optional.of(new Key(slice.getMetadata().getNamespace(), labels.get(SERVICE_NAME)));
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("no name of a domain: " + text, e);
        }
    }

    /** Who is responsible for the zone, which is told with what it has not. */
    Record authority() {
        return new SOARecord(
                zone,
                DClass.IN,
                TTL,
                below("ns", "dns"),
                below("hostmaster"),
                1, // nobody transfers the zone
                7200,
                1800,
                86400,
                TTL);
    }

    private Name below(String... labels) {
        try {
            return Name.concatenate(Name.fromString(String.join(".", labels)), zone);
        } catch (NameTooLongException | TextParseException e) {
            throw new IllegalArgumentException("no name below " + zone + ": " + String.join(".", labels), e);
        }
    }

    /** Empty: others are to be asked. */
    Optional<Reply> answer(Name name, int type) {
        if (name.subdomain(zone)) {
            return Optional.of(inside(name, type));
        }
        return type == Type.PTR ? pointer(name) : Optional.empty();
    }

    private Reply inside(Name name, int type) {
        var labels = new ArrayList<String>();
        for (int i = 0; i < name.labels() - zone.labels(); i++) {
            labels.add(name.getLabelString(i).toLowerCase(Locale.ROOT));
        }
        if (labels.isEmpty()) {
            return apex(name, type);
        }
        var rest = labels.subList(0, labels.size() - 1);
        return switch (labels.getLast()) {
            case "svc" -> ofServices(name, rest, type);
            case "pod" -> ofPods(name, rest, type);
            case "dns-version" ->
                !rest.isEmpty()
                        ? Reply.NO_NAME
                        : asked(type, Type.TXT)
                                ? Reply.of(List.of(new TXTRecord(name, DClass.IN, TTL, VERSION)))
                                : Reply.NO_DATA;
            case "dns" ->
                rest.isEmpty()
                        ? Reply.NO_DATA
                        : rest.equals(List.of("ns")) ? addresses(name, type, List.of(server)) : Reply.NO_NAME;
            default -> Reply.NO_NAME;
        };
    }

    private Reply apex(Name name, int type) {
        return switch (type) {
            case Type.SOA -> Reply.of(List.of(authority()));
            case Type.NS -> Reply.of(List.of(new NSRecord(name, DClass.IN, TTL, below("ns", "dns"))));
            default -> Reply.NO_DATA;
        };
    }

    private static boolean asked(int type, int offered) {
        return type == offered || type == Type.ANY;
    }

    private static Reply addresses(Name name, int type, List<InetAddress> all) {
        return Reply.of(all.stream()
                .map(address -> address(name, address))
                .filter(found -> asked(type, found.getType()))
                .toList());
    }

    private static Record address(Name name, InetAddress address) {
        return address instanceof Inet4Address
                ? new ARecord(name, DClass.IN, TTL, address)
                : new AAAARecord(name, DClass.IN, TTL, address);
    }

    private boolean exists(String namespace) {
        return namespaces.get("", namespace).isPresent();
    }

    // Pods

    /** {@code 10-244-0-7.default} */
    private Reply ofPods(Name name, List<String> labels, int type) {
        if (labels.isEmpty() || labels.size() == 1 && exists(labels.getFirst())) {
            return Reply.NO_DATA;
        }
        if (labels.size() != 2 || !exists(labels.getLast())) {
            return Reply.NO_NAME;
        }
        var text = labels.getFirst();
        boolean four = text.chars().filter(c -> c == '-').count() == 3 && !text.contains("--");
        if (!text.contains("-")) {
            return Reply.NO_NAME;
        }
        return literal(text.replace('-', four ? '.' : ':'))
                .map(address -> addresses(name, type, List.of(address)))
                .orElse(Reply.NO_NAME);
    }

    /** An address as text, never a name that would have to be looked up. */
    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    // Services

    /** {@code [_port, _protocol | endpoint,] service, namespace} */
    private Reply ofServices(Name name, List<String> labels, int type) {
        if (labels.isEmpty() || labels.size() == 1 && exists(labels.getFirst())) {
            return Reply.NO_DATA;
        }
        if (labels.size() < 2 || labels.size() > 4) {
            return Reply.NO_NAME;
        }
        var found = services.get(labels.getLast(), labels.get(labels.size() - 2));
        if (found.isEmpty()) {
            return Reply.NO_NAME;
        }
        var service = found.get();
        var before = labels.subList(0, labels.size() - 2);
        if ("ExternalName".equals(service.getSpec().getType())) {
            return before.isEmpty() ? external(name, type, service) : Reply.NO_NAME;
        }
        return switch (before.size()) {
            case 0 -> wholeService(name, type, service);
            case 1 -> endpoint(name, type, service, before.getFirst());
            default -> namedPort(name, type, service, before.getFirst(), before.getLast());
        };
    }

    private Reply external(Name name, int type, Service service) {
        var text = Objects.requireNonNullElse(service.getSpec().getExternalName(), "");
        var literal = literal(text);
        if (literal.isPresent()) {
            return addresses(name, type, List.of(literal.get()));
        }
        try {
            var target = Name.fromString(text, Name.root);
            var alias = new CNAMERecord(name, DClass.IN, TTL, target);
            return new Reply(
                    Rcode.NOERROR, List.of(alias), List.of(), type == Type.CNAME ? List.of() : List.of(target));
        } catch (TextParseException e) {
            return Reply.NO_NAME;
        }
    }

    private Reply wholeService(Name name, int type, Service service) {
        var all = places(service);
        if (all.isEmpty()) {
            return Reply.NO_NAME;
        }
        return type == Type.SRV ? servers(name, service, (_, _) -> true) : addresses(name, type, all);
    }

    private Reply endpoint(Name name, int type, Service service, String label) {
        var matching = endpoints(service).getOrDefault(label, List.of());
        if (matching.isEmpty()) {
            boolean protocol = label.equals("_tcp") || label.equals("_udp") || label.equals("_sctp");
            return protocol && !places(service).isEmpty() ? Reply.NO_DATA : Reply.NO_NAME;
        }
        return addresses(name, type, matching);
    }

    private Reply namedPort(Name name, int type, Service service, String port, String protocol) {
        if (!port.startsWith("_") || !protocol.startsWith("_")) {
            return Reply.NO_NAME;
        }
        var reply = servers(
                name,
                service,
                (named, its) ->
                        named.equalsIgnoreCase(port.substring(1)) && its.equalsIgnoreCase(protocol.substring(1)));
        if (reply.answers().isEmpty()) {
            return Reply.NO_NAME;
        }
        return asked(type, Type.SRV) ? reply : Reply.NO_DATA;
    }

    /** Of the service, or of its endpoints if it is headless. */
    private List<InetAddress> places(Service service) {
        return headless(service)
                ? endpoints(service).values().stream()
                        .flatMap(List::stream)
                        .distinct()
                        .toList()
                : own(service);
    }

    private Name of(Service service) {
        return below(service.getMetadata().getName(), service.getMetadata().getNamespace(), "svc");
    }

    private Name of(Service service, String label) {
        return below(
                label, service.getMetadata().getName(), service.getMetadata().getNamespace(), "svc");
    }

    private static boolean headless(Service service) {
        return "None".equals(service.getSpec().getClusterIP());
    }

    /** The service's own; none if it is headless. */
    private static List<InetAddress> own(Service service) {
        var spec = service.getSpec();
        return Stream.concat(
                        Stream.ofNullable(spec.getClusterIPs()).flatMap(List::stream),
                        Stream.ofNullable(spec.getClusterIP()))
                .flatMap(text -> literal(text).stream())
                .distinct()
                .toList();
    }

    private List<EndpointSlice> slices(Service service) {
        return slices.byIndex(BY_SERVICE, Key.of(service).toString());
    }

    /** Addresses of the endpoints that are ready, by the label that an endpoint has below its service. */
    private Map<String, List<InetAddress>> endpoints(Service service) {
        return endpoints(slices(service));
    }

    private static Map<String, List<InetAddress>> endpoints(List<EndpointSlice> slices) {
        Map<String, List<InetAddress>> all = new TreeMap<>();
        for (var slice : slices) {
            for (var endpoint : slice.getEndpoints()) {
                if (!ready(endpoint)) {
                    continue;
                }
                for (var text : endpoint.getAddresses()) {
                    literal(text).ifPresent(address -> {
                        var same = all.computeIfAbsent(label(endpoint, text), _ -> new ArrayList<>());
                        if (!same.contains(address)) {
                            same.add(address);
                        }
                    });
                }
            }
        }
        return all;
    }

    private static boolean ready(Endpoint endpoint) {
        return endpoint.getConditions() == null
                || !Boolean.FALSE.equals(endpoint.getConditions().getReady());
    }

    private static String label(Endpoint endpoint, String address) {
        return endpoint.getHostname() == null || endpoint.getHostname().isEmpty()
                ? address.replace('.', '-').replace(':', '-')
                : endpoint.getHostname();
    }

    private record Target(Name name, int port) {}

    /** @param wanted of a port's name and its protocol */
    private Reply servers(Name name, Service service, BiPredicate<String, String> wanted) {
        var targets = headless(service) ? endpointTargets(service, wanted) : ownTargets(service, wanted);
        int weight = Math.max(1, WEIGHTS / Math.max(1, targets.size()));
        var answers = targets.keySet().stream()
                .map(target -> new SRVRecord(name, DClass.IN, TTL, 0, weight, target.port, target.name))
                .toList();
        var additional = targets.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(address -> address(entry.getKey().name, address)))
                .distinct()
                .toList();
        return new Reply(Rcode.NOERROR, List.copyOf(answers), additional, List.of());
    }

    private Map<Target, List<InetAddress>> ownTargets(Service service, BiPredicate<String, String> wanted) {
        Map<Target, List<InetAddress>> targets = new LinkedHashMap<>();
        service.getSpec().getPorts().stream()
                .filter(port -> wanted.test(text(port.getName()), protocol(port.getProtocol())))
                .forEach(port -> targets.put(new Target(of(service), port.getPort()), own(service)));
        return targets;
    }

    private Map<Target, List<InetAddress>> endpointTargets(Service service, BiPredicate<String, String> wanted) {
        Map<Target, List<InetAddress>> targets = new LinkedHashMap<>();
        for (var slice : slices(service)) {
            var itsEndpoints = endpoints(List.of(slice));
            slice.getPorts().stream()
                    .filter(port ->
                            port.getPort() != null && wanted.test(text(port.getName()), protocol(port.getProtocol())))
                    .forEach(port -> itsEndpoints.forEach((label, all) -> targets.computeIfAbsent(
                                    new Target(of(service, label), port.getPort()), _ -> new ArrayList<>())
                            .addAll(all)));
        }
        return targets;
    }

    private static String text(@Nullable String given) {
        return given == null ? "" : given;
    }

    private static String protocol(@Nullable String given) {
        return given == null ? "TCP" : given;
    }

    // Addresses

    private Optional<Reply> pointer(Name name) {
        String address;
        try {
            address = ReverseMap.fromName(name).getHostAddress();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return Optional.empty(); // no address
        }
        var owners =
                services.byIndex(BY_ADDRESS, address).stream().map(this::of).toList();
        var found = owners.isEmpty() ? endpointsAt(address) : owners;
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(Reply.of(found.stream()
                        .map(target -> new PTRRecord(name, DClass.IN, TTL, target))
                        .toList()));
    }

    private List<Name> endpointsAt(String address) {
        List<Name> names = new ArrayList<>();
        for (var slice : slices.byIndex(BY_ADDRESS, address)) {
            service(slice)
                    .flatMap(key -> services.get(key))
                    .ifPresent(owner -> endpoints(List.of(slice)).forEach((label, all) -> {
                        if (all.stream().anyMatch(one -> one.getHostAddress().equals(address))) {
                            names.add(of(owner, label));
                        }
                    }));
        }
        return names.stream().distinct().toList();
    }
}
