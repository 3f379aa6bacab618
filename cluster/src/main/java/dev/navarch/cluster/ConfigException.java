package dev.navarch.cluster;

/** A setting that cannot be. The message names it, its value and what would do. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String setting, Object value, String demand) {
        super("--" + setting + " " + value + ": " + demand);
    }
}
