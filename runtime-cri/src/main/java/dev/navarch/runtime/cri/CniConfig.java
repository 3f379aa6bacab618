package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import tools.jackson.databind.json.JsonMapper;

/**
 * The pod network as a CNI configuration list: one bridge, addresses from the node's pod CIDR, the bridge as the
 * gateway, hairpin on, so that a pod reaches itself through its service. Masquerading is the service proxy's duty, in
 * Navarch's own nftables table (source: CNI spec 1.0.0; the plugins' documentation of bridge and host-local).
 *
 * @param layout gives the bridge its name and the leases their place
 * @param podCidr the node's own range, IPv4
 */
public record CniConfig(NodeLayout layout, String podCidr) {
    private static final String FILE = "10-navarch.conflist";

    /** The file's text. */
    public String conflist() {
        var json = JsonMapper.shared();
        var root = json.createObjectNode();
        root.put("cniVersion", "0.4.0");
        root.put("name", "navarch-" + layout.id());
        var bridge = root.putArray("plugins").addObject();
        bridge.put("type", "bridge");
        bridge.put("bridge", layout.bridge());
        bridge.put("isGateway", true);
        bridge.put("isDefaultGateway", true);
        bridge.put("forceAddress", true); // another range than last time takes the place of the old one
        bridge.put("ipMasq", false);
        bridge.put("hairpinMode", true);
        var ipam = bridge.putObject("ipam");
        ipam.put("type", "host-local");
        ipam.put("dataDir", layout.ipam().toString());
        ipam.putArray("ranges").addArray().addObject().put("subnet", podCidr);
        return json.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    /** Puts the file in place at once; containerd notices by itself. */
    public void write() throws IOException {
        Path dir = Files.createDirectories(layout.cniConfig());
        Files.createDirectories(layout.ipam());
        Path draft = dir.resolve(FILE + ".new");
        Files.writeString(draft, conflist());
        Files.move(draft, dir.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
