package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * The addresses that services can have: those of the server's own block, and of the blocks of ServiceCIDRs that are ready.
 * Blocks may overlap; an address is taken in each that has it (source: kubernetes
 * pkg/registry/core/service/ipallocator/cidrallocator.go).
 */
final class AddressPools {
    private final Ipv4Cidr own;
    private final Objects objects;
    private final Function<Ipv4Cidr, Numbers> pools;

    /** Every block that was given from since the start. */
    private final Map<Ipv4Cidr, Numbers> known = new ConcurrentHashMap<>();

    private AddressPools(Ipv4Cidr own, Objects objects, Function<Ipv4Cidr, Numbers> pools) {
        this.own = own;
        this.objects = objects;
        this.pools = pools;
        pool(own);
    }

    /** For a server that is alone. */
    static AddressPools local(Ipv4Cidr own, RandomGenerator random, Objects objects) {
        return new AddressPools(own, objects, block -> {
            var numbers = new LocalNumbers(new NumberRange(block.size()), random);
            needed(block, services(objects)).stream().forEach(numbers::take);
            return numbers;
        });
    }

    /** For servers that share a store; {@link #repair} follows. */
    static AddressPools shared(Ipv4Cidr own, RandomGenerator random, Store store, Objects objects) {
        return new AddressPools(own, objects, block -> {
            var name = block.equals(own) ? "serviceips" : "serviceips-" + block.at(0) + "-" + block.bits();
            var numbers = new SharedNumbers(new NumberRange(block.size()), random, store, name);
            if (!block.equals(own)) {
                numbers.repair(needed(block, services(objects)));
            }
            return numbers;
        });
    }

    private static List<ObjectNode> services(Objects objects) {
        return objects.list("", "services", "");
    }

    private static BitSet needed(Ipv4Cidr block, List<ObjectNode> services) {
        var needed = new BitSet(block.size());
        needed.set(0);
        needed.set(block.size() - 1);
        for (var service : services) {
            for (var address : ServiceAddresses.heldAddresses(service)) {
                block.offset(address).ifPresent(needed::set);
            }
        }
        return needed;
    }

    private Numbers pool(Ipv4Cidr block) {
        return known.computeIfAbsent(block, pools);
    }

    /** The server's own block first. */
    private List<Ipv4Cidr> offered() {
        List<Ipv4Cidr> blocks = new ArrayList<>(List.of(own));
        for (var object : objects.list("networking.k8s.io", "servicecidrs", "")) {
            if (!Meta.deleting(object) && isReady(object)) {
                for (var text : Tree.strings(object, "spec", "cidrs")) {
                    Ipv4Cidr.of(text).filter(block -> !blocks.contains(block)).ifPresent(blocks::add);
                }
            }
        }
        return blocks;
    }

    private static boolean isReady(ObjectNode block) {
        return Tree.objects(block, "status", "conditions").stream()
                .anyMatch(c -> Tree.text(c, "type").equals("Ready")
                        && Tree.text(c, "status").equals("True"));
    }

    /** Holds what is taken against what these services, which are all, need. */
    void repair(List<ObjectNode> services) {
        known.forEach((block, numbers) -> {
            if (numbers instanceof SharedNumbers shared) {
                shared.repair(needed(block, services));
            }
        });
    }

    /** Whether an address can be asked for. */
    boolean offers(String address) {
        return offered().stream().anyMatch(block -> inner(block, address));
    }

    /** The first and the last address of a block are nobody's. */
    private static boolean inner(Ipv4Cidr block, String address) {
        var offset = block.offset(address);
        return offset.isPresent() && offset.getAsInt() != 0 && offset.getAsInt() != block.size() - 1;
    }

    /** Takes this address; false if somebody has it. */
    boolean take(String address) {
        offered().stream().filter(block -> inner(block, address)).forEach(this::pool);
        return take(address, Optional.empty());
    }

    /** @param except the block in which it is taken already */
    private boolean take(String address, Optional<Ipv4Cidr> except) {
        List<Runnable> undo = new ArrayList<>(1);
        for (var entry : known.entrySet()) {
            var block = entry.getKey();
            var numbers = entry.getValue();
            if (!inner(block, address) || except.filter(block::equals).isPresent()) {
                continue;
            }
            int offset = block.offset(address).getAsInt();
            if (!numbers.take(offset)) {
                undo.forEach(Runnable::run);
                return false;
            }
            undo.add(() -> numbers.release(offset));
        }
        return true;
    }

    /** Takes any address but those that are held in another way; empty if there is none. */
    Optional<String> takeAny(Predicate<String> held) {
        for (var block : offered()) {
            var found = takeAny(block, held);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<String> takeAny(Ipv4Cidr block, Predicate<String> held) {
        var numbers = pool(block);
        List<Integer> strangers = new ArrayList<>(0);
        try {
            while (true) {
                var number = numbers.takeAny();
                if (number.isEmpty()) {
                    return Optional.empty();
                }
                var address = block.at(number.getAsInt());
                if (!held.test(address) && take(address, Optional.of(block))) {
                    return Optional.of(address);
                }
                strangers.add(number.getAsInt());
            }
        } finally {
            strangers.forEach(numbers::release);
        }
    }

    void release(String address) {
        known.forEach((block, numbers) -> {
            if (inner(block, address)) {
                block.offset(address).ifPresent(numbers::release);
            }
        });
    }
}
