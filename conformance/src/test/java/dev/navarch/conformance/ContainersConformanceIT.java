package dev.navarch.conformance;

import org.junit.platform.suite.api.BeforeSuite;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** Every behaviour that only real containers can show. */
@Suite
@SelectPackages("dev.navarch.conformance")
@IncludeClassNamePatterns(".*Behaviours")
@IncludeTags(NeedsContainers.TAG)
class ContainersConformanceIT {
    @BeforeSuite
    static void onThisMachine() {
        NavarchCluster.onContainerd();
    }
}
