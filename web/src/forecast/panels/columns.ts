/** What each column of the file was taken for, with the choice of something else. */

import { h, table } from "../../dom";
import type { Column, Table } from "../../service/types";
import type { Session } from "../session";

type Content = Parameters<typeof h>[2];
type Role = "" | "time" | "target" | "target too" | "id" | "covariate" | "static";

const ROLES: readonly (readonly [Role, string])[] = [
  ["", "not used"],
  ["time", "the time"],
  ["target", "the values"],
  ["target too", "values, too"],
  ["id", "the series' name"],
  ["covariate", "what else is known"],
  ["static", "a trait of the series"],
];
const OPTION_OF_ROLE = { time: "time_col", id: "id_col", covariate: "covariates", static: "static_cols" } as const;
const MOST_ROWS = 50;

export function columnsTable(session: Session, { columns: all, layout }: Table): Content {
  const wide = layout === "wide";
  const numbers = all.filter((column) => column.looks_like === "numbers" && column.taken_for !== "time");
  const rows = all.slice(0, MOST_ROWS).map((column, index) => [
    column.name,
    column.looks_like,
    wide
      ? (column.taken_for ?? "not used")
      : h(
          "select",
          {
            id: `role-${index}`,
            "aria-label": `What ${column.name} is`,
            onchange: (event: Event) =>
              session.change(changes(all, column, (event.target as HTMLSelectElement).value as Role)),
          },
          ROLES.map(([role, label]) => h("option", { value: role, selected: role === roleOf(all, column) }, label)),
        ),
  ]);
  return [
    h("h3", {}, "Columns"),
    table("Columns of the file", ["Column", "Looks like", "Taken for"], rows),
    !wide && numbers.length > 1
      ? h("p", { class: "quiet" }, "Several columns may be values: each is forecast, and a model that is trained on them sees the past of all.")
      : null,
  ];
}

/** What a column is: the first one of the values, or one of those beside it. */
function roleOf(all: readonly Column[], column: Column): Role {
  const isTarget = column.taken_for === "target";
  return isTarget && namesOf(all, "target")[0] !== column.name ? "target too" : ((column.taken_for ?? "") as Role);
}

/** The options that give a column a role. The time has one column; so have the values, unless more are added. */
function changes(all: readonly Column[], { name }: Column, role: Role): Record<string, string> {
  const targets = namesOf(all, "target");
  const others = targets.filter((other) => other !== name);
  const chosen = role === "target" ? [name] : role === "target too" ? [...others, name] : others;
  const several = chosen.length > 1;
  const ofTargets = { target_col: several ? "" : chosen.join(), target_cols: several ? chosen.join() : "" };
  const found: Record<string, string> = chosen.join() === targets.join() ? {} : ofTargets;
  for (const [one, option] of Object.entries(OPTION_OF_ROLE)) {
    const before = namesOf(all, one);
    const rest = before.filter((other) => other !== name);
    const after = one === role ? [...(one === "time" ? [] : rest), name] : rest;
    if (after.join() !== before.join()) {
      found[option] = after.join();
    }
  }
  return found;
}

function namesOf(all: readonly Column[], role: string): string[] {
  return all.filter((column) => column.taken_for === role).map((column) => column.name);
}
