package dev.navarch.scheduler.devices;

/** What tells a device from all others. */
public record DeviceId(String driver, String pool, String device) {
    @Override
    public String toString() {
        return driver + "/" + pool + "/" + device;
    }
}
