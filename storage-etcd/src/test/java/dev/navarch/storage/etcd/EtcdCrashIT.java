package dev.navarch.storage.etcd;

import dev.navarch.storage.Breakable;
import dev.navarch.storage.CrashHistory;
import dev.navarch.storage.Store;
import dev.navarch.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random histories of two stores on one etcd that is killed, frozen and cut off. */
class EtcdCrashIT {
    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatWasAcknowledgedSurvivesFaults() throws Exception {
        try (var time = new SystemTime();
                var store = new Breaking(time)) {
            CrashHistory.run(store, new Random().nextLong(), Duration.ofSeconds(12));
        }
    }

    /** One store goes through a link that can be cut, the other doesn't. */
    private static final class Breaking implements Breakable {
        private final EtcdProcess etcd = EtcdProcess.start();
        private final Link link = new Link(etcd.port());
        private final EtcdStore linked;
        private final EtcdStore direct;
        private String fault = "";

        Breaking(SystemTime time) throws Exception {
            var timeout = Duration.ofSeconds(1);
            linked = EtcdStore.open(
                    new EtcdConfig(
                            List.of(link.address()),
                            List.of(),
                            Optional.empty(),
                            EtcdConfig.DEFAULT_PREFIX,
                            Duration.ZERO,
                            timeout),
                    time);
            direct = EtcdStore.open(etcd.config().withRequestTimeout(timeout), time);
        }

        @Override
        public Store store(int client) {
            return client % 2 == 0 ? linked : direct;
        }

        @Override
        public List<String> faults() {
            return List.of("kill", "freeze", "cut", "partition", "silence");
        }

        @Override
        public void breakAt(String point) throws Exception {
            fault = point;
            switch (point) {
                case "kill" -> etcd.kill();
                case "freeze" -> etcd.freeze();
                case "cut" -> link.cut();
                case "partition" -> link.down();
                case "silence" -> link.silence();
                default -> throw new IllegalArgumentException(point);
            }
        }

        @Override
        public void recover() throws Exception {
            switch (fault) {
                case "kill" -> etcd.restart();
                case "freeze" -> etcd.goOn();
                case "partition" -> link.up();
                case "silence" -> link.speak();
                default -> {}
            }
            fault = "";
        }

        @Override
        public void close() throws Exception {
            linked.close();
            direct.close();
            link.close();
            etcd.close();
        }
    }
}
