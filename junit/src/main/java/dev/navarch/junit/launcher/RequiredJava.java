package dev.navarch.junit.launcher;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Says which Java is needed, before a JVM that is too old fails at the first class of ours that it meets. It is compiled for
 * Java 11; JUnit finds it as a service.
 */
public final class RequiredJava implements LauncherSessionListener {
    private static final int NEEDED = 25;

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        int found = Runtime.version().feature();
        if (found < NEEDED) {
            throw new IllegalStateException("navarch-junit needs Java " + NEEDED
                    + " or later, and these tests run on Java "
                    + found + " (" + System.getProperty("java.home") + "): let the tests have a newer JDK, or leave"
                    + " navarch-junit out");
        }
    }
}
