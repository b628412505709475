// What underscorejs.org calls or does otherwise than lodash 4, which stands before this.
(() => {
  "use strict";
  const lodash = { ..._ };
  const same = {
    all: "every", any: "some", collect: "map", compose: "flowRight", contains: "includes",
    detect: "find", findWhere: "find", foldl: "reduce", foldr: "reduceRight", include: "includes",
    indexBy: "keyBy", inject: "reduce", methods: "functions", pluck: "map", select: "filter",
    where: "filter",
  };
  // These take the value of `this` after their function.
  const bound = [
    "all", "any", "collect", "countBy", "detect", "each", "every", "filter", "find", "forEach",
    "groupBy", "indexBy", "map", "mapObject", "reject", "select", "some", "sortBy", "times",
  ];
  const own = {
    first: (list, number) => number === undefined ? lodash.head(list) : lodash.take(list, number),
    initial: (list, number = 1) => lodash.dropRight(list, number),
    last: (list, number) => number === undefined ? lodash.last(list) : lodash.takeRight(list, number),
    rest: (list, number = 1) => lodash.drop(list, number),
    flatten: (list, shallow) => shallow ? lodash.flatten(list) : lodash.flattenDeep(list),
    mapObject: lodash.mapValues,
    max: (list, by) => (by ? lodash.maxBy : lodash.max)(lodash.values(list), by) ?? -Infinity,
    min: (list, by) => (by ? lodash.minBy : lodash.min)(lodash.values(list), by) ?? Infinity,
    object: (list, values) => values ? lodash.zipObject(list, values) : lodash.fromPairs(list),
    pairs: lodash.toPairs,
    sample: (list, number) =>
      number === undefined ? lodash.sample(list) : lodash.sampleSize(list, number),
    uniq: (list, sorted, by) => {
      const way = typeof sorted === "boolean" ? by : sorted;
      return way ? lodash.uniqBy(list, way) : lodash.uniq(list);
    },
  };
  own.head = own.take = own.first;
  own.tail = own.drop = own.rest;
  own.unique = own.uniq;
  for (const [name, known] of Object.entries(same)) own[name] = lodash[known];
  for (const name of bound) {
    const made = own[name] ?? lodash[name];
    own[name] = (list, way, context) =>
      made(list, typeof way === "function" && context !== undefined ? way.bind(context) : way);
  }
  _.mixin(own);
})();
