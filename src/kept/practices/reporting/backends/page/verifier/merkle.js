// RFC 6962 trees.

const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

// All levels of the tree over the leaves' hashes; a node without a sibling moves up as it is.
async function treeLevels(leaves) {
  const levels = [leaves];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const level = [];
    for (let i = 0; i + 1 < below.length; i += 2) level.push(nodeHash(below[i], below[i + 1]));
    if (below.length % 2) level.push(below.at(-1));
    levels.push(await Promise.all(level));
  }
  return levels;
}

async function treeRoot(levels) {
  return levels[0].length ? levels.at(-1)[0] : sha256(new Uint8Array());
}

// The inclusion proof of a leaf, read from the levels: the one and only proof that RFC 9162 section 2.1.3.2 accepts.
function inclusionProof(levels, index) {
  const proof = [];
  for (const level of levels.slice(0, -1)) {
    const sibling = index ^ 1;
    if (sibling < level.length) proof.push(level[sibling]);
    index >>= 1;
  }
  return proof;
}
