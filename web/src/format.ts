/** Numbers, dates and frequencies as people write them. */

const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return "–";
  }
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) {
    return value.toExponential(3);
  }
  return size >= 10_000 ? whole.format(value) : plain.format(value);
}

/** A number for an axis, where there is little room. */
export function short(value: number): string {
  return Math.abs(value) >= 10_000 ? compact.format(value) : plain.format(value);
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))}%`;
}

/** A score, of which three digits say enough. */
export function score(value: number | null): string {
  return value === null ? "–" : number(Number(value.toPrecision(3)));
}

export function count(many: number, one: string, several = `${one}s`): string {
  return `${whole.format(many)} ${many === 1 ? one : several}`;
}

const UNITS: Record<string, [one: string, several: string]> = {
  Y: ["year", "years"],
  Q: ["quarter", "quarters"],
  M: ["month", "months"],
  W: ["week", "weeks"],
  D: ["day", "days"],
  B: ["working day", "working days"],
  h: ["hour", "hours"],
  min: ["minute", "minutes"],
  s: ["second", "seconds"],
};

/** The unit of a pandas alias and how many of it a step has: `30min` is 30 minutes. */
function parts(frequency: string): { many: number; unit: string } {
  const [, many = "", name = ""] = /^(\d*)([A-Za-z]*)/.exec(frequency) ?? [];
  const unit = name in UNITS ? name : name.slice(0, name.startsWith("B") ? 2 : 1).replace("B", "");
  return { many: Number(many || 1), unit };
}

/** What a number of steps of a frequency is called: `12 months`, or `12 steps`. */
export function steps(many: number, frequency: string | null | undefined): string {
  if (frequency) {
    const { many: each, unit } = parts(frequency);
    const names = UNITS[unit];
    if (names) {
      return each === 1 ? count(many, ...names) : `${count(many, "step")} of ${count(each, ...names)}`;
    }
  }
  return count(many, "step");
}

/** What a season of so many steps is in the calendar: `a year`, or `7 steps`. */
export function span(length: number, frequency: string | null): string {
  const { many, unit } = parts(frequency ?? "");
  const known: Record<string, Record<number, string>> = {
    M: { 12: "a year", 3: "a quarter" },
    Q: { 4: "a year" },
    W: { 52: "a year" },
    D: { 7: "a week", 365: "a year" },
    B: { 5: "a week" },
    h: { 24: "a day", 168: "a week" },
    min: { 1440: "a day", 10_080: "a week", 60: "an hour" },
    s: { 60: "a minute", 3_600: "an hour" },
  };
  return known[unit]?.[length * many] ?? steps(length, frequency);
}

const CLOCK = { timeZone: "UTC", hourCycle: "h23" } as const;
const formats = {
  year: new Intl.DateTimeFormat("en-GB", { ...CLOCK, year: "numeric" }),
  month: new Intl.DateTimeFormat("en-GB", { ...CLOCK, month: "short" }),
  monthYear: new Intl.DateTimeFormat("en-GB", { ...CLOCK, month: "short", year: "numeric" }),
  day: new Intl.DateTimeFormat("en-GB", { ...CLOCK, day: "numeric", month: "short" }),
  fullDay: new Intl.DateTimeFormat("en-GB", {
    ...CLOCK, weekday: "short", day: "numeric", month: "short", year: "numeric",
  }),
  time: new Intl.DateTimeFormat("en-GB", { ...CLOCK, hour: "2-digit", minute: "2-digit" }),
  second: new Intl.DateTimeFormat("en-GB", {
    ...CLOCK, hour: "2-digit", minute: "2-digit", second: "2-digit",
  }),
};

/** A time, in seconds on the wall clock, as finely as the frequency asks for. */
export function moment(seconds: number, frequency: string | null): string {
  const date = new Date(seconds * 1000);
  const { unit } = parts(frequency ?? "");
  if (unit === "Y") {
    return formats.year.format(date);
  }
  if (unit === "M") {
    return formats.monthYear.format(date);
  }
  if (unit === "Q") {
    return `Q${Math.floor(date.getUTCMonth() / 3) + 1} ${date.getUTCFullYear()}`;
  }
  if (unit === "h" || unit === "min" || unit === "s" || seconds % 86_400) {
    const time = unit === "s" ? formats.second : formats.time;
    return `${formats.fullDay.format(date)}, ${time.format(date)}`;
  }
  return formats.fullDay.format(date);
}

/** The labels of an axis of times; what is the same as in the label before is left out. */
export function ticks(times: readonly number[], rise: number): string[] {
  let before = Number.NaN;
  return times.map((seconds) => {
    const date = new Date(seconds * 1000);
    const previous = new Date(before * 1000);
    before = seconds;
    if (rise >= 360 * 86_400) {
      return formats.year.format(date);
    }
    const newYear = previous.getUTCFullYear() !== date.getUTCFullYear();
    if (rise >= 27 * 86_400) {
      return newYear ? `${formats.month.format(date)}\n${date.getUTCFullYear()}` : formats.month.format(date);
    }
    if (rise >= 86_400) {
      return newYear ? `${formats.day.format(date)}\n${date.getUTCFullYear()}` : formats.day.format(date);
    }
    const time = rise < 60 ? formats.second.format(date) : formats.time.format(date);
    return previous.getUTCDate() === date.getUTCDate() ? time : `${time}\n${formats.day.format(date)}`;
  });
}

/** A reason of the service as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}
