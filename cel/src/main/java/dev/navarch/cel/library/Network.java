package dev.navarch.cel.library;

import java.util.Optional;

/** An address with the length of its prefix. */
record Network(Address address, int ones) {

    static Optional<Network> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        var length = text.substring(slash + 1);
        return Address.parse(text.substring(0, slash))
                .filter(_ -> length.matches("0|[1-9][0-9]{0,2}"))
                .map(address -> new Network(address, Integer.parseInt(length)))
                .filter(network -> network.ones <= network.address.bits());
    }

    Network masked() {
        return new Network(address.masked(ones), ones);
    }

    boolean contains(Address other) {
        return other.bits() == address.bits() && other.masked(ones).equals(address.masked(ones));
    }

    boolean contains(Network other) {
        return other.ones >= ones && contains(other.address);
    }

    @Override
    public String toString() {
        return address + "/" + ones;
    }
}
