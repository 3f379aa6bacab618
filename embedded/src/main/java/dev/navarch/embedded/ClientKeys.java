package dev.navarch.embedded;

/** Which keys the clients can read that are on the class path beside us. */
final class ClientKeys {
    /** Joined, so that moving our own copy of fabric8's classes to another package leaves the name of the user's as it is. */
    private static final String FABRIC8 = String.join(".", "io", "fabric8", "kubernetes", "client");

    /** How fabric8's client before 7 reads a key of an elliptic curve (source: its CertUtils.handleECKey). */
    private static final String BOUNCY_CASTLE =
            String.join(".", "org", "bouncycastle", "openssl", "jcajce", "JcaPEMKeyConverter");

    private static final int FIRST_THAT_CAN = 7;

    private ClientKeys() {}

    /** Whether there is a client of fabric8's that reads nothing but RSA keys. */
    static boolean needRsa() {
        var context = Thread.currentThread().getContextClassLoader();
        return needRsa(context == null ? ClientKeys.class.getClassLoader() : context);
    }

    static boolean needRsa(ClassLoader loader) {
        try {
            var version = Class.forName(FABRIC8 + ".Version", true, loader)
                    .getMethod("clientVersion")
                    .invoke(null);
            return major(version) < FIRST_THAT_CAN && !has(BOUNCY_CASTLE, loader);
        } catch (ReflectiveOperationException e) {
            return false; // there is none
        }
    }

    private static int major(Object version) {
        try {
            return Integer.parseInt(version.toString().replaceFirst("\\D.*", ""));
        } catch (NumberFormatException e) {
            return FIRST_THAT_CAN;
        }
    }

    private static boolean has(String name, ClassLoader loader) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
