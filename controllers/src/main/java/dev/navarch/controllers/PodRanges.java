package dev.navarch.controllers;

import java.util.List;

/**
 * From which nodes get ranges of pod addresses, one of each (source: cmd/kube-controller-manager, {@code --cluster-cidr},
 * {@code --node-cidr-mask-size-ipv4}, {@code --node-cidr-mask-size-ipv6}).
 *
 * @param ranges one, or two of different families, such as {@code 10.244.0.0/16} and {@code fd00:10:244::/56}
 * @param bits4 of the prefix of a node's IPv4 range
 * @param bits6 of the prefix of a node's IPv6 range
 */
public record PodRanges(List<String> ranges, int bits4, int bits6) {
    private static final int BITS4 = 24;
    private static final int BITS6 = 64;

    public PodRanges {
        ranges = List.copyOf(ranges);
        if (ranges.isEmpty() || ranges.size() > 2) {
            throw new IllegalArgumentException("there may be one range of pod addresses of each family: " + ranges);
        }
        if (ranges.size() == 2
                && ranges.getFirst().contains(":") == ranges.getLast().contains(":")) {
            throw new IllegalArgumentException("two ranges of pod addresses must be of different families: " + ranges);
        }
    }

    /**
     * With upstream's sizes.
     *
     * @param ranges with commas between
     */
    public static PodRanges of(String ranges) {
        return new PodRanges(List.of(ranges.split(",", -1)), BITS4, BITS6);
    }
}
