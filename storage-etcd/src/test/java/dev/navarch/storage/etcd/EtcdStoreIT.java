package dev.navarch.storage.etcd;

import dev.navarch.storage.Retention;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreContract;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The contract on a real etcd, a new one for each test. */
class EtcdStoreIT extends StoreContract {
    private final List<EtcdProcess> processes = new ArrayList<>();

    @Override
    protected Store open(TimeSource time, Retention retention) {
        try {
            var etcd = EtcdProcess.start();
            processes.add(etcd);
            return EtcdStore.open(etcd.config(), time, retention);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected boolean expiresByItsClock() {
        return false;
    }

    @AfterEach
    void stop() throws Exception {
        for (var etcd : processes) {
            etcd.close();
        }
    }
}
