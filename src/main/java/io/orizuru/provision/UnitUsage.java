package io.orizuru.provision;

import java.time.Duration;

/**
 * What a unit uses.
 *
 * @param unit the unit's id
 * @param memoryBytes that it holds now, without what the system keeps of files for it and can drop
 * @param cpu processor time since its last start
 * @param cpuMilli thousandths of a core, over the last few seconds; 0 until they have passed
 */
public record UnitUsage(String unit, long memoryBytes, Duration cpu, int cpuMilli) {}
