package dev.navarch.conformance;

import org.junit.platform.suite.api.ExcludeTags;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** Every behaviour that simulated nodes can show. */
@Suite
@SelectPackages("dev.navarch.conformance")
@IncludeClassNamePatterns(".*Behaviours")
@ExcludeTags(NeedsContainers.TAG)
class ConformanceTest {}
