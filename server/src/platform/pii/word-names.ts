// Names that are also English or church words. In lower case they are words, unless introduced as a name.
const source = `
abbey abel amber amity angel april archer art ash aspen august aurora austin autumn avery basil baker bay bell berry bill
bishop bliss blossom bob brandy brook brooke brown bud buck bush butler carol carpenter carter cash cat chance charity
chase chastity chip christian church clay clement cliff clover cook cooper coral cross crystal cyprus daisy dale dawn deacon dean
destiny dick don drew duke earl easter ebony eden elder ember eve faith fawn felicity fern field fisher flora ford forest
foster fox frank gardener gay gene genesis ginger glen glory good grace grant gray green guy hall happy harmony harper
hart harvey haven hazel heath heather heaven henna hill holly honey hope hunter hyacinth iris ivy jack jade jasmine jay
jean jet jewel job josh jot joy june justice kay king kit lake lamb lane lark laurel lee levy liberty lily long lord lot love
lucky luke mark marsh marshal martin mason may melody mercy merit merry mica mike miles mill miller mode monk moon
myrtle nick noble noel norm numbers oak olive opal oral page paige pansy park pat patience patsy paul pearl penny pepper
petal peter pierce piper pope poppy potter powers precious preacher price priest prince prudence queen rain raven ray read reed reeve
reverend rich river rob robin rock rod rose rosemary rowan ruby rudy rusty ruth sage sandy savior scarlet scout sears serenity sharp shepherd
short sierra silver sky skye small smith sparrow spencer spring star stone storm sue summer sunny temperance terry thorn thyme tiger tim
trinity tripp troy true trust tucker turner valentine van vera verity victor viola violet virginia walker ward warren weaver
welcome wells west white will willow winter wise wolf wood woods wren wright young zion
am an as at be by do go he in is it me my no of oh ok on or so to up us we`

const nameWords: ReadonlySet<string> = new Set(source.trim().split(/\s+/))

/** Whether a folded part of a name is also an everyday word. */
export function isWord(part: string): boolean {
  return nameWords.has(part)
}
