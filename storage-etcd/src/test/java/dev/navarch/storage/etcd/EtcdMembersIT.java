package dev.navarch.storage.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.Breakable;
import dev.navarch.storage.CrashHistory;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An etcd of three members, one of which fails: the leader or another. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EtcdMembersIT {
    @Test
    void whatWasAcknowledgedSurvivesTheLossOfAnyMember() throws Exception {
        try (var time = new SystemTime();
                var store = new Members(time)) {
            CrashHistory.run(store, new Random().nextLong(), Duration.ofSeconds(15));
        }
    }

    /** Without the member coming back, and whichever one it is, the store goes on. */
    @Test
    void twoOfThreeAreEnough() throws Exception {
        for (int lost = 0; lost < 3; lost++) {
            try (var time = new SystemTime();
                    var members = new Members(time)) {
                var store = members.store(0);
                try (var watch = store.watch("/registry/", 0)) {
                    write(store, "before");
                    members.members.get(lost).kill();
                    long last = write(store, "after");
                    Persistence.sync(store);
                    var seen = new ArrayList<Long>();
                    while (seen.isEmpty() || seen.getLast() < last) {
                        watch.next(Duration.ofMinutes(2)).forEach(event -> seen.add(event.revision()));
                    }
                    assertThat(seen).isSorted().doesNotHaveDuplicates();
                    assertThat(store.failure()).isEmpty();
                }
            }
        }
    }

    /** A member that takes requests and is silent: one that hangs, or that packets don't come back from. */
    @Test
    void aSilentMemberIsLeft() throws Exception {
        try (var time = new SystemTime();
                var members = new Members(time)) {
            var store = members.store(0);
            write(store, "before");
            for (var member : members.members) {
                member.freeze();
                try {
                    long last = write(store, "after" + member.port() + "-");
                    Persistence.sync(store);
                    assertThat(store.revision()).isGreaterThanOrEqualTo(last);
                } finally {
                    member.goOn();
                }
            }
        }
    }

    /** Until one is acknowledged; returns its revision. */
    private static long write(Store store, String name) throws Exception {
        var tries = new AtomicInteger();
        return Persistence.answer(() -> {
            var key = "/registry/core/pods/a/" + name + tries.incrementAndGet();
            var result = store.write(new Write.Create(key, new Draft("x".getBytes(UTF_8), -1)));
            return ((WriteResult.Committed) result).entry().revision();
        });
    }

    /** Two stores that know all members. */
    private static final class Members implements Breakable {
        private final List<EtcdProcess> members = EtcdProcess.cluster(3);
        private final List<EtcdStore> stores = new ArrayList<>();
        private final Random random = new Random(1);
        private int broken = -1;
        private boolean frozen;

        Members(SystemTime time) throws Exception {
            var addresses = members.stream().map(EtcdProcess::address).toList();
            for (int i = 0; i < 2; i++) {
                // each begins with another member
                var order = new ArrayList<>(addresses);
                java.util.Collections.rotate(order, i);
                stores.add(EtcdStore.open(
                        EtcdConfig.of(order)
                                .withCompactionInterval(Duration.ZERO)
                                .withRequestTimeout(Duration.ofSeconds(2)),
                        time));
            }
        }

        @Override
        public Store store(int client) {
            return stores.get(client % 2);
        }

        @Override
        public List<String> faults() {
            return List.of("kill the leader", "kill another", "freeze the leader");
        }

        @Override
        public void breakAt(String fault) throws Exception {
            int leader = 0;
            while (!members.get(leader).leads()) {
                leader = (leader + 1) % members.size();
            }
            broken = fault.endsWith("another") ? (leader + 1 + random.nextInt(2)) % 3 : leader;
            frozen = fault.startsWith("freeze");
            if (frozen) {
                members.get(broken).freeze();
            } else {
                members.get(broken).kill();
            }
        }

        @Override
        public void recover() throws Exception {
            if (broken >= 0 && frozen) {
                members.get(broken).goOn();
            } else if (broken >= 0) {
                members.get(broken).restart();
            }
            broken = -1;
        }

        @Override
        public void close() throws Exception {
            for (var store : stores) {
                store.close();
            }
            for (var member : members) {
                member.close();
            }
        }
    }
}
