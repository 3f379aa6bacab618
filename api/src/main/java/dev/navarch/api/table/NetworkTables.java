package dev.navarch.api.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Tables of services, their endpoints, ingresses and network policies. */
final class NetworkTables {
    private static final int SHOWN = 3;

    private NetworkTables() {}

    static Map<String, TablePrinter> all() {
        return Map.of(
                "/Service", service(),
                "/Endpoints", endpoints(),
                "discovery.k8s.io/EndpointSlice", slice(),
                "networking.k8s.io/Ingress", ingress(),
                "networking.k8s.io/IngressClass", ingressClass(),
                "networking.k8s.io/NetworkPolicy", policy(),
                "networking.k8s.io/ServiceCIDR", serviceCidr(),
                "networking.k8s.io/IPAddress", ipAddress());
    }

    private static TablePrinter service() {
        return Printer.named()
                .text("Type", "How it is reached.", row -> row.text("spec.type"))
                .text("Cluster-IP", "Its address in the cluster.", row -> row.text("spec.clusterIP", Row.NONE))
                .text("External-IP", "Its addresses outside.", NetworkTables::externalIp)
                .text("Port(s)", "Its ports, with those on nodes.", NetworkTables::ports)
                .age()
                .wide("Selector", "Which pods serve it.", row -> row.labels("spec.selector"))
                .build();
    }

    private static String externalIp(Row service) {
        List<String> own = service.texts("spec.externalIPs");
        return switch (service.text("spec.type")) {
            case "ClusterIP", "NodePort" -> own.isEmpty() ? Row.NONE : String.join(",", own);
            case "LoadBalancer" -> {
                List<String> all = new ArrayList<>(loadBalancers(service));
                all.addAll(own);
                yield all.isEmpty() ? "<pending>" : String.join(",", all);
            }
            case "ExternalName" -> service.text("spec.externalName");
            default -> Row.UNKNOWN;
        };
    }

    private static List<String> loadBalancers(Row object) {
        TreeSet<String> addresses = new TreeSet<>();
        for (Row ingress : object.items("status.loadBalancer.ingress")) {
            String address = ingress.text("ip", ingress.text("hostname"));
            if (!address.isEmpty()) {
                addresses.add(address);
            }
        }
        return List.copyOf(addresses);
    }

    private static String ports(Row service) {
        String ports = service.items("spec.ports").stream()
                .map(port -> {
                    long nodePort = port.number("nodePort");
                    return port.number("port") + (nodePort > 0 ? ":" + nodePort : "") + "/" + port.text("protocol");
                })
                .collect(Collectors.joining(","));
        return ports.isEmpty() ? Row.NONE : ports;
    }

    private static TablePrinter endpoints() {
        return Printer.named()
                .text("Endpoints", "Addresses and ports.", NetworkTables::addresses)
                .age()
                .build();
    }

    private static String addresses(Row endpoints) {
        List<String> all = new ArrayList<>();
        for (Row subset : endpoints.items("subsets")) {
            List<Row> addresses = subset.items("addresses");
            List<Row> ports = subset.items("ports");
            if (ports.isEmpty()) {
                addresses.forEach(address -> all.add(address.text("ip")));
            }
            for (Row port : ports) {
                for (Row address : addresses) {
                    String ip = address.text("ip");
                    all.add((ip.contains(":") ? "[" + ip + "]" : ip) + ":" + port.number("port"));
                }
            }
        }
        return Row.few(all, SHOWN, Row.NONE);
    }

    private static TablePrinter slice() {
        return Printer.named()
                .text("AddressType", "What kind of addresses.", row -> row.text("addressType"))
                .text(
                        "Ports",
                        "The ports.",
                        row -> Row.few(
                                row.items("ports").stream()
                                        .map(port -> port.has("port") ? port.text("port") : port.text("name", "*"))
                                        .toList(),
                                SHOWN,
                                Row.UNSET))
                .text(
                        "Endpoints",
                        "The addresses.",
                        row -> Row.few(
                                row.items("endpoints").stream()
                                        .flatMap(endpoint -> endpoint.texts("addresses").stream())
                                        .toList(),
                                SHOWN,
                                Row.UNSET))
                .age()
                .build();
    }

    private static TablePrinter ingress() {
        return Printer.named()
                .text("Class", "Which controller serves it.", row -> row.text("spec.ingressClassName", Row.NONE))
                .text("Hosts", "Which hosts it serves.", NetworkTables::hosts)
                .text("Address", "Where it is reached.", row -> String.join(",", loadBalancers(row)))
                .text("Ports", "On which ports.", row -> row.size("spec.tls") > 0 ? "80, 443" : "80")
                .age()
                .build();
    }

    private static String hosts(Row ingress) {
        List<String> hosts = ingress.items("spec.rules").stream()
                .map(rule -> rule.text("host"))
                .filter(host -> !host.isEmpty())
                .toList();
        return Row.few(hosts, SHOWN, "*");
    }

    private static TablePrinter ingressClass() {
        return Printer.named()
                .text("Controller", "Who serves ingresses of the class.", row -> row.text("spec.controller"))
                .text("Parameters", "Further settings.", row -> {
                    if (!row.has("spec.parameters")) {
                        return Row.NONE;
                    }
                    String group = row.text("spec.parameters.apiGroup");
                    return row.text("spec.parameters.kind") + (group.isEmpty() ? "" : "." + group) + "/"
                            + row.text("spec.parameters.name");
                })
                .age()
                .build();
    }

    private static TablePrinter policy() {
        return Printer.named()
                .text("Pod-Selector", "Which pods it governs.", row -> row.selector("spec.podSelector"))
                .age()
                .build();
    }

    private static TablePrinter serviceCidr() {
        return Printer.named()
                .text("CIDRs", "Ranges of addresses.", row -> String.join(",", row.texts("spec.cidrs")))
                .age()
                .build();
    }

    private static TablePrinter ipAddress() {
        return Printer.named()
                .text(
                        "ParentRef",
                        "Whose address it is.",
                        row -> List.of("resource", "namespace", "name").stream()
                                .map(part -> row.text("spec.parentRef." + part))
                                .filter(part -> !part.isEmpty())
                                .collect(Collectors.joining("/")))
                .age()
                .build();
    }
}
