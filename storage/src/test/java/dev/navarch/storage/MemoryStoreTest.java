package dev.navarch.storage;

import dev.navarch.time.TimeSource;

class MemoryStoreTest extends StoreContract {
    @Override
    protected Store open(TimeSource time, Retention retention) {
        return new MemoryStore(time, retention);
    }
}
